import { existsSync } from 'node:fs';
import { glob, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { builtThread } from './built-thread.ts';
import { sum } from './phase.ts';
import type { Phase, Tally } from './phase.ts';
import { root, runNode, runTool, toolVerdict } from './tool.ts';

/** Packs every package as it would be published, and checks what is in the tarball: two checks for each; and one of threads. */
export const packageChecks: Phase = {
  name: 'packages',
  run: async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'fairlead-pack-'));
    try {
      await packAll(folder);
      return sum([await checkTarballs(folder), await builtThread()]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Leaves one tarball per public package in the folder, built from the present sources. */
export async function packAll(folder: string): Promise<void> {
  const build = await runTool('typescript', 'tsc', ['-b']);
  if (build.code !== 0) throw new Error(`the build failed, so nothing can be packed\n${build.output}`);
  await removeStaleOutput();
  const pnpm = process.env['FAIRLEAD_PNPM'];
  if (pnpm === undefined) throw new Error('FAIRLEAD_PNPM is not set: start this through scripts/bootstrap.mjs');
  const names = (await readdir(path.join(root, 'packages'))).toSorted();
  for (const name of names) {
    const args = [pnpm, 'pack', '--pack-destination', folder];
    const packed = await runNode(args, path.join(root, 'packages', name));
    if (packed.code !== 0) throw new Error(`${name} cannot be packed\n${packed.output}`);
  }
}

/** The compiler leaves the output of a source that is gone, and it would be packed. */
async function removeStaleOutput(): Promise<void> {
  for await (const output of glob('packages/*/dist/**/*.{js,d.ts,map}', { cwd: root })) {
    const source = output.replace('/dist/', '/src/').replace(/(?:\.js|\.d\.ts)(?:\.map)?$/, '.ts');
    if (!existsSync(path.join(root, source))) await rm(path.join(root, output), { force: true });
  }
}

async function checkTarballs(folder: string): Promise<Tally> {
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz')).toSorted();
  const tallies: Tally[] = [];
  for (const name of tarballs) {
    const file = path.join(folder, name);
    const results = await Promise.all([
      runTool('publint', 'publint', ['run', file, '--strict']),
      runTool('@arethetypeswrong/cli', 'attw', [file, '--profile', 'esm-only', '--no-emoji', '--no-definitely-typed']),
    ]);
    const verdicts = results.map(toolVerdict);
    if (verdicts.some(({ failed }) => failed > 0)) process.stdout.write(`^ ${name}\n`);
    tallies.push(...verdicts);
  }
  return sum(tallies);
}
