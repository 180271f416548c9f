import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BindMount, RunSpec } from '../spec.ts';
import { testManager, type TestManager } from './__fixtures__/test-manager.ts';

function withBind(source: string, missing?: BindMount['missing']): RunSpec {
  return { image: 'sleep:1', mounts: [{ type: 'bind', source, target: '/in', missing }] };
}

/** The binds that the engine was given for files, by target. */
async function boundFiles(test: TestManager, spec: RunSpec): Promise<Readonly<Record<string, string>>> {
  const { id } = await test.manager.run(spec);
  const mounts = test.engine.containers.get(id)?.plan.mounts ?? [];
  return Object.fromEntries(mounts.flatMap((mount) => (mount.type === 'bind' ? [[mount.target, mount.source]] : [])));
}

describe("missing: 'create'", () => {
  it('makes a folder and those above it, for this user', async () => {
    await using test = await testManager();
    const source = join(test.stateFolder, 'a/b');
    await test.manager.run(withBind(source, 'create'));
    const facts = await stat(source);
    expect([facts.isDirectory(), facts.uid]).toEqual([true, process.getuid?.()]);
  });

  it('leaves a file alone that is there', async () => {
    await using test = await testManager();
    const source = join(test.stateFolder, 'file');
    await writeFile(source, 'x');
    await test.manager.run(withBind(source, 'create'));
    await expect(readFile(source, 'utf8')).resolves.toBe('x');
  });

  it('below a file is refused, and nothing is made', async () => {
    await using test = await testManager();
    await writeFile(join(test.stateFolder, 'file'), '');
    const source = join(test.stateFolder, 'file/below');
    await expect(test.manager.run(withBind(source, 'create'))).rejects.toMatchObject({
      code: 'MOUNT_SOURCE_MISSING',
      details: { source },
    });
    expect(test.engine.containers.size).toBe(0);
    await expect(readdir(test.stateFolder)).resolves.toEqual(['file']);
  });
});

describe('private copies', () => {
  const files = [
    { target: '/etc/a', content: 'text', mode: 0o751 },
    { target: '/etc/b', content: new Uint8Array([0, 255]) },
  ];

  it('hold the content with its mode, whatever the umask', async () => {
    await using test = await testManager();
    const before = process.umask(0o077);
    try {
      const bound = await boundFiles(test, { image: 'sleep:1', readOnlyRootfs: true, files });
      const [a = '', b = ''] = [bound['/etc/a'], bound['/etc/b']];
      await expect(readFile(a, 'utf8')).resolves.toBe('text');
      await expect(readFile(b)).resolves.toEqual(Buffer.from([0, 255]));
      expect([(await stat(a)).mode & 0o777, (await stat(b)).mode & 0o777]).toEqual([0o751, 0o644]);
    } finally {
      process.umask(before);
    }
  });

  it('are made for every engine that cannot copy into a created container', async () => {
    await using test = await testManager({ decorate: (backend) => ({ ...backend, filesByBind: true }) });
    expect(Object.keys(await boundFiles(test, { image: 'sleep:1', files }))).toEqual(['/etc/a', '/etc/b']);
  });

  it('lie in a folder that only this user enters, one for each call', async () => {
    await using test = await testManager();
    const spec: RunSpec = { image: 'sleep:1', readOnlyRootfs: true, files };
    await Promise.all([test.manager.run(spec), test.manager.run(spec)]);
    const folders = await readdir(join(test.stateFolder, 'files'));
    expect(folders).toHaveLength(2);
    for (const folder of folders) {
      expect((await stat(join(test.stateFolder, 'files', folder))).mode & 0o777).toBe(0o700);
    }
  });

  it('go when their handle removes a container that others have removed', async () => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'sleep:1', readOnlyRootfs: true, files });
    test.engine.remove(container.id);
    await container.remove();
    await expect(readdir(join(test.stateFolder, 'files'))).resolves.toEqual([]);
  });

  it('go by a label only if that is a call’s: nobody can name another folder', async () => {
    await using test = await testManager({
      decorate: (backend) => ({
        ...backend,
        create: (plan, call) =>
          backend.create({ ...plan, labels: { ...plan.labels, 'io.fairlead.call': '../kept' } }, call),
      }),
    });
    const container = await test.manager.run({ image: 'sleep:1' });
    await (await test.manager.run({ image: 'sleep:1' })).detach();
    await test.manager.remove(container.id);
    await expect(readdir(join(test.stateFolder, 'kept'))).resolves.toHaveLength(1);
  });
});
