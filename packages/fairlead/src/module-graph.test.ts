import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

/** Every module that a fresh process loads for an expression, as URLs; Node's own are left out. */
async function loadedBy(expression: string): Promise<readonly string[]> {
  const hooks = `
    import { registerHooks } from 'node:module';
    registerHooks({ load(url, context, next) { if (url.startsWith('file:')) console.log(url); return next(url, context); } });
    await (${expression});
  `;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const args = ['--conditions=@fairlead/source', '--input-type=module', '--eval', hooks];
  const { stdout } = await run(process.execPath, args, { cwd });
  return stdout.trim().split('\n');
}

describe('the module graph', () => {
  it("of import('fairlead') is core and zod, nothing else (acceptance 7, V21)", async () => {
    const loaded = await loadedBy("import('./index.ts')");
    const strangers = loaded.filter((url) => !/\/packages\/(fairlead|core)\/src\/|\/node_modules\/zod\//.test(url));
    expect(loaded.length).toBeGreaterThan(5);
    expect(strangers).toEqual([]);
  });

  it('of connecting to one engine has no other engine’s client (V21)', async () => {
    const loaded = await loadedBy("import('./index.ts').then(({ connect }) => connect('singularity'))");
    expect(loaded.filter((url) => /dockerode|undici|\/packages\/(docker|podman|podman-kube)\//.test(url))).toEqual([]);
  });
});
