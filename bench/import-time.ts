// How long `import('fairlead')` takes against `import('zod')`: packed packages, a fresh process each, interleaved.
import { cp, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packAll } from '../scripts/package-checks.ts';
import { runCommand } from './run-command.ts';
import { sampleReported, type Samples } from './contender.ts';

const measured = (name: string): string =>
  `const started = performance.now(); await import(${JSON.stringify(name)}); process.stdout.write(String(performance.now() - started))`;

/** Samples of both imports, in milliseconds of the import itself. */
export async function importTimes(rounds: number): Promise<Samples> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-import-'));
  try {
    await installPacked(folder);
    const contender = (name: string, module: string) => ({
      name,
      run: async () =>
        Number(await runCommand([process.execPath, '--input-type=module', '-e', measured(module)], { cwd: folder })),
    });
    return await sampleReported([contender('fairlead', 'fairlead'), contender('zod', 'zod')], rounds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lays the packed packages and zod out as an installation would. */
async function installPacked(folder: string): Promise<void> {
  const tarballs = join(folder, 'tarballs');
  await mkdir(tarballs);
  await packAll(tarballs);
  for (const file of await readdir(tarballs)) {
    const name = file
      .replace(/^fairlead-(?=[a-z])/, '@fairlead/')
      .replace(/-\d+\.\d+\.\d+.*\.tgz$/, '')
      .replace(/^fairlead.*\.tgz$/, 'fairlead');
    const goal = join(folder, 'node_modules', name);
    await mkdir(goal, { recursive: true });
    await runCommand(['tar', '-xzf', join(tarballs, file), '-C', goal, '--strip-components=1']);
  }
  const zod = dirname(
    await realpath(
      createRequire(new URL('../packages/core/package.json', import.meta.url)).resolve('zod/package.json'),
    ),
  );
  await cp(zod, join(folder, 'node_modules/zod'), { recursive: true });
}
