import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { requirePrivate } from './require-private.ts';
import { readHostId } from './session.ts';
import { openStateFolder } from './state-folder.ts';
import { unpublishedName } from './unpublished.ts';

let base = '';

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'fairlead-state-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(base, { recursive: true, force: true });
});

describe('a state folder', () => {
  it('is below XDG_STATE_HOME with the host in its path, else below the home', () => {
    vi.stubEnv('XDG_STATE_HOME', '/var/state');
    expect(openStateFolder().path).toBe(join('/var/state/fairlead', readHostId()));
    vi.stubEnv('XDG_STATE_HOME', 'relative');
    expect(openStateFolder().path).toBe(join(homedir(), '.local/state/fairlead', readHostId()));
    vi.stubEnv('XDG_STATE_HOME', '');
    expect(openStateFolder().path).toBe(join(homedir(), '.local/state/fairlead', readHostId()));
  });

  it('makes nothing before it is needed, and then for this user only', async () => {
    const path = join(base, 'a/b');
    const state = openStateFolder(path);
    await expect(state.readRecord('kept', 'x')).resolves.toBeUndefined();
    await expect(state.listRecords('kept')).resolves.toEqual([]);
    await state.removeRecord('kept', 'x');
    await state.removeUnpublished('kept');
    await expect(readdir(base)).resolves.toEqual([]);
    await state.folder('files');
    expect((await stat(join(path, 'files'))).mode & 0o777).toBe(0o700);
  });

  it('gives back what was written, under its name', async () => {
    const state = openStateFolder(base);
    await state.writeRecord('kept', 'a.b', { v: 1 });
    await state.writeRecord('kept', 'a.b', { v: 2 });
    await expect(state.readRecord('kept', 'a.b')).resolves.toEqual({ v: 2 });
    await expect(state.listRecords('kept')).resolves.toEqual(['a.b']);
    expect((await stat(join(base, 'kept/a.b.json'))).mode & 0o777).toBe(0o600);
    await state.removeRecord('kept', 'a.b');
    await expect(state.listRecords('kept')).resolves.toEqual([]);
  });

  it('shows a record whole or not at all while it is written again and again', async () => {
    const state = openStateFolder(base);
    const text = 'x'.repeat(100_000);
    await state.writeRecord('kept', 'a', { text });
    for (let round = 0; round < 30; round += 1) {
      const writing = state.writeRecord('kept', 'a', { text });
      await expect(state.readRecord('kept', 'a')).resolves.toEqual({ text });
      await expect(state.listRecords('kept')).resolves.toEqual(['a']);
      await writing;
    }
    expect(await readdir(join(base, 'kept'))).toEqual(['a.json']);
  });

  it('takes a record that is not whole for none', async () => {
    const state = openStateFolder(base);
    await state.folder('kept');
    await writeFile(join(base, 'kept/a.json'), '{"v":');
    await expect(state.readRecord('kept', 'a')).resolves.toBeUndefined();
  });

  it('removes what was never published, once it is old, and at once if its writer is dead', async () => {
    const state = openStateFolder(base);
    await state.folder('kept');
    const [old, fresh] = [join(base, 'kept/.a.1'), join(base, 'kept/.a.2')];
    // Linux gives no process this number.
    const dead = join(base, 'kept', unpublishedName('a').replace(`.${process.pid}-`, `.${2 ** 22 + 1}-`));
    await Promise.all([old, fresh, dead].map((path) => writeFile(path, '')));
    const before = new Date(Date.now() - 120_000);
    await utimes(old, before, before);
    await state.removeUnpublished('kept');
    expect(await readdir(join(base, 'kept'))).toEqual(['.a.2']);
  });

  it('says which folder cannot be written, and leaves nothing aside', async () => {
    await writeFile(join(base, 'file'), '');
    const state = openStateFolder(join(base, 'file/state'));
    await expect(state.writeRecord('kept', 'a', {})).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      details: { stateFolder: join(base, 'file/state') },
    });
    const blocked = openStateFolder(base);
    await mkdir(join(base, 'kept/a.json'), { recursive: true });
    await expect(blocked.writeRecord('kept', 'a', {})).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    expect(await readdir(join(base, 'kept'))).toEqual(['a.json']);
  });

  it('is not used where another user could have prepared it: nothing is read, written or removed', async () => {
    const path = join(base, 'state');
    await openStateFolder(path).writeRecord('kept', 'a', { v: 1 });
    await symlink(path, join(base, 'link'));
    const unsafe: [string, () => Promise<void>, string][] = [
      [path, () => chmod(path, 0o770), 'can be written to by others (mode 770)'],
      [path, () => chmod(path, 0o1777), 'can be written to by others (mode 1777)'],
      [join(base, 'link'), () => chmod(path, 0o700), 'is a symbolic link'],
    ];
    for (const [given, prepare, why] of unsafe) {
      await prepare();
      const state = openStateFolder(given);
      for (const use of [
        () => state.requirePrivate(),
        () => state.folder('files'),
        () => state.removeFolder('kept'),
        () => state.writeRecord('kept', 'b', {}),
        () => state.readRecord('kept', 'a'),
        () => state.listRecords('kept'),
        () => state.removeRecord('kept', 'a'),
        () => state.removeUnpublished('kept'),
      ])
        await expect(use()).rejects.toMatchObject({
          code: 'ACCESS_DENIED',
          message: expect.stringContaining(`the state folder ${JSON.stringify(given)} ${why}`),
        });
    }
    expect(await readdir(path)).toEqual(['kept']);
    await expect(openStateFolder(path).listRecords('kept')).resolves.toEqual(['a']);
  });

  it('belongs to this user; a sticky folder above it may be open to all', async () => {
    await chmod(base, 0o1777);
    const path = join(base, 'state');
    await openStateFolder(path).folder('files');
    await expect(requirePrivate(path)).resolves.toBeUndefined();
    await expect(requirePrivate(path, { uid: (process.getuid?.() ?? 0) + 1 })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining(`belongs to user ${process.getuid?.()}`),
      hint: expect.stringContaining('stateFolder'),
    });
  });

  it('is refused at its default place where another user could have made its parent', async () => {
    vi.stubEnv('XDG_STATE_HOME', base);
    const state = openStateFolder();
    await state.writeRecord('kept', 'a', {});
    await chmod(join(base, 'fairlead'), 0o777);
    await expect(state.readRecord('kept', 'a')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });
});
