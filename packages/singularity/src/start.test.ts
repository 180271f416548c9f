import { constants } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEstate, openStateFolder, type BackendCall, type CreatePlan } from '@fairlead/core/backend';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createContainer } from './create.ts';
import type { BackendContext } from './context.ts';
import { killContainer, stopContainer, waitForEnd } from './ending.ts';
import { forceDelete } from './force-delete.ts';
import type { HostFacts } from './host-facts.ts';
import { readLogs } from './logs.ts';
import { removeContainer } from './remove.ts';
import { startContainer } from './start.ts';
import { ContainerStore, type StoredContainer } from './store.ts';
import { toldContainer } from './told-state.ts';

/** Stands in for the engine: runs what the variable SCRIPT says, and knows where the witness lies. */
const engine = `#!/bin/sh
for a in "$@"; do case "$a" in --mount=*target=/.fairlead) w=\${a#*source=}; w=\${w%%,*};; esac; done
eval "$APPTAINERENV_SCRIPT"
`;

let base = '';
let context: BackendContext;
let facts: HostFacts;
const call: BackendCall = { signal: AbortSignal.timeout(60_000) };

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'fairlead-start-'));
  vi.stubEnv('TMPDIR', join(base, 'tmp'));
  await mkdir(join(base, 'tmp'));
  await writeFile(join(base, 'engine'), engine, { mode: 0o755 });
  const { proof } = openEstate().session;
  context = { store: new ContainerStore(openStateFolder(join(base, 'state'))), here: proof };
  const works = { works: true } as const;
  facts = {
    product: {
      name: 'Apptainer',
      version: '1',
      variablePrefix: 'APPTAINERENV_',
      injectedScript: '/.inject-apptainer-env.sh',
    },
    command: join(base, 'engine'),
    root: false,
    tools: { shell: '/bin/sh', unshare: undefined, mkfifo: '/usr/bin/mkfifo' },
    mode: 'sweep',
    cage: { works: false, reason: 'a test' },
    overlay: works,
    noNetwork: works,
  };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await forceDelete(base);
});

function planOf(script: string, changes: Partial<CreatePlan> = {}): CreatePlan {
  return {
    name: 'c',
    image: { format: 'sif', path: '/a.sif' },
    ensured: { id: '/a.sif' },
    imageConfig: undefined,
    labels: {},
    command: ['x'],
    entrypoint: [],
    env: { SCRIPT: script },
    workdir: undefined,
    user: undefined,
    mounts: [],
    files: [],
    network: { mode: 'none' },
    resources: {},
    readOnlyRootfs: false,
    stopSignal: undefined,
    stopGraceSeconds: 10,
    autoRemove: false,
    ...changes,
  };
}

async function create(script: string, changes?: Partial<CreatePlan>): Promise<StoredContainer> {
  const stored = await context.store.find(await createContainer(context, facts, planOf(script, changes), call));
  if (stored === undefined) throw new Error('not created');
  return stored;
}

const began = 'echo began >"$w"';

describe('startContainer', () => {
  it('resolves for a command that ended at once, whatever its code', async () => {
    for (const code of [0, 7, 255]) {
      const stored = await create(`${began}; echo out; exit ${code}`, { name: `c${code}` });
      await startContainer(context, stored, call);
      await waitForEnd(context, stored, call);
      expect((await toldContainer(stored, context)).state).toMatchObject({ phase: 'exited', exit: { code } });
    }
  });

  it.each([
    [
      'gives up before the session',
      'echo "FATAL:   container creation failed: no" >&2; exit 255',
      'START_FAILED',
      'creation failed',
    ],
    [
      'finds no command (S8)',
      `${began}; echo 'FATAL:   "x": executable file not found' >&2; exit 255`,
      'START_FAILED',
      'not found',
    ],
    [
      'misses a mount source (C172)',
      `echo "FATAL:   mount source /s doesn't exist" >&2; exit 255`,
      'MOUNT_SOURCE_MISSING',
      '/s',
    ],
    ['finds no runscript (C185)', 'echo no-runscript >"$w"; exit 1', 'START_FAILED', 'runscript'],
    ['crashes without a word', 'kill -9 $$', 'START_FAILED', '137'],
  ])('rejects when the engine %s', async (_, script, code, text) => {
    const outcome = startContainer(context, await create(script), call);
    await expect(outcome).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });

  it('keeps what the engine wrote out of JSON, but at hand', async () => {
    const outcome = startContainer(context, await create('echo secret >&2; echo "FATAL:   no" >&2; exit 255'), call);
    const error: unknown = await outcome.catch((reason: unknown) => reason);
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(error).toMatchObject({ logTail: ['secret', 'FATAL:   no'] });
  });

  it('rejects when no engine can be started, and tells what the supervisor said', async () => {
    facts = { ...facts, command: join(base, 'absent') };
    const outcome = startContainer(context, await create('exit 0'), call);
    await expect(outcome).rejects.toMatchObject({ code: 'START_FAILED' });
  });

  it('starts once: a second start of an ended container is refused', async () => {
    const stored = await create(`${began}; exit 0`);
    await startContainer(context, stored, call);
    await waitForEnd(context, stored, call);
    await expect(startContainer(context, stored, call)).rejects.toMatchObject({ code: 'START_FAILED' });
  });

  it('forgets the environment once it has started: it can hold secrets', async () => {
    const stored = await create(`${began}; exit 0`);
    expect(await readdir(stored.folder)).toContain('launch');
    await startContainer(context, stored, call);
    expect(await readdir(stored.folder)).not.toContain('launch');
  });

  it('rejects with the reason of its signal while the engine is slow, and removal ends what it began', async () => {
    await copyFile('/bin/sleep', join(base, 'starter'), constants.COPYFILE_EXCL);
    const stored = await create(`exec ${join(base, 'starter')} 60`);
    const reason = new Error('enough');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 200);
    await expect(startContainer(context, stored, { signal: controller.signal })).rejects.toBe(reason);
    await removeContainer(context, stored, call);
    expect(await context.store.list()).toEqual([]);
    expect(await readdir(join(base, 'tmp'))).toEqual([]);
  });
});

describe('createContainer', () => {
  it('refuses a name that is taken, and leaves the other one alone (CONFLICT)', async () => {
    const first = await create('exit 0');
    await expect(create('exit 1')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await context.store.list()).map(({ record }) => record.id)).toEqual([first.record.id]);
    expect(await readdir(join(base, 'tmp'))).toEqual([`fairlead-${first.record.id}`]);
  });

  it('leaves nothing when a volume is missing or it is cancelled', async () => {
    const mounts = [{ type: 'volume', volume: 'absent', target: '/v' }] as const;
    await expect(create('exit 0', { mounts })).rejects.toMatchObject({ code: 'VOLUME_NOT_FOUND' });
    const outcome = createContainer(context, facts, planOf('exit 0'), { signal: AbortSignal.abort(new Error('no')) });
    await expect(outcome).rejects.toThrow('no');
    expect(await context.store.list()).toEqual([]);
    expect(await readdir(join(base, 'tmp'))).toEqual([]);
    expect(await readdir(join(context.store.path, 'ids'))).toEqual([]);
  });
});

describe('stopContainer and killContainer', () => {
  it('say of a container of another host that only that host can end it, and mark nothing', async () => {
    const stored = await create(`${began}; exit 0`);
    const other = { ...context, here: { ...context.here, hostId: 'another' } };
    const refused = { code: 'UNAVAILABLE', message: expect.stringContaining('another host') };
    await expect(stopContainer(other, stored, 0, call)).rejects.toMatchObject(refused);
    for (const signal of ['SIGKILL', 'SIGUSR1'])
      await expect(killContainer(other, stored, signal, call)).rejects.toMatchObject(refused);
    expect(await readdir(stored.folder)).not.toContain('stop');
  });
});

describe('removeContainer', () => {
  it('removes one that was never started, and no start can come afterwards', async () => {
    const stored = await create(`${began}; exit 0`);
    await Promise.all([removeContainer(context, stored, call), removeContainer(context, stored, call)]);
    expect(await context.store.list()).toEqual([]);
    expect(await readdir(join(base, 'tmp'))).toEqual([]);
    await expect(startContainer(context, stored, call)).rejects.toMatchObject({ code: 'START_FAILED' });
  });
});

describe('readLogs', () => {
  const read = async (stored: StoredContainer, follow: boolean, skip = { stdout: 0, stderr: 0 }) => {
    const given = { stdout: '', stderr: '' };
    const request = { follow, skip, since: undefined, timestamps: false };
    for await (const { stream, bytes } of readLogs(context, stored, request, call))
      given[stream] += Buffer.from(bytes).toString();
    return given;
  };

  it('gives nothing of a created container, and with follow all of it once it has run', async () => {
    const stored = await create(`${began}; echo a; echo b >&2; sleep 0.3; echo c; exit 3`);
    expect(await read(stored, false)).toEqual({ stdout: '', stderr: '' });
    const followed = read(stored, true);
    await startContainer(context, stored, call);
    expect(await followed).toEqual({ stdout: 'a\nc\n', stderr: 'b\n' });
    expect(await read(stored, false, { stdout: 1, stderr: 2 })).toEqual({ stdout: '\nc\n', stderr: '' });
  });

  it('knows no container that is gone', async () => {
    const stored = await create('exit 0');
    await removeContainer(context, stored, call);
    await expect(read(stored, true)).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
  });
});
