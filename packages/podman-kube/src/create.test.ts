import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { FairleadError } from '@fairlead/core';
import { readTarEntries, type CreatePlan, type PlannedFile } from '@fairlead/core/backend';
import { fakePodman } from './__fixtures__/fake-podman.ts';
import { createContainer, fileTars } from './create.ts';
import { openPodmanCli } from './podman-cli.ts';
import type { EngineRecord } from './engine-record.ts';
import type { ImageMounts } from './mount/mounts.ts';

const call = { signal: new AbortController().signal };
const file = (target: string): PlannedFile => ({ target, content: Buffer.from(target), mode: 0o640 });
// Only these three are read here.
const engineOf = (version: string) => () =>
  Promise.resolve({ cgroupControllers: ['pids'], remote: false, version } as unknown as EngineRecord);
const engine = engineOf('4.3.1');
const imageMounts: ImageMounts = {
  under: (_plan, create) => create('/state/mounts/1/root'),
  of: () => Promise.resolve(undefined),
  remove: () => Promise.resolve(),
  sweep: () => Promise.resolve([]),
};
const volumes = {
  create: () => Promise.resolve(),
  inspect: (name: string) => Promise.resolve(name === 'there' ? { name, labels: {} } : undefined),
  list: () => Promise.resolve([]),
  remove: () => Promise.resolve(),
  readFile: () => Promise.resolve(new Uint8Array()),
};

const plan: CreatePlan = {
  name: 'f-1',
  image: { format: 'registry', name: 'x' },
  imageConfig: undefined,
  labels: {},
  command: undefined,
  entrypoint: undefined,
  env: {},
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
  ensured: { id: 'sha' },
};

async function names(tar: Uint8Array): Promise<readonly string[]> {
  const found: string[] = [];
  const source = (async function* () {
    yield tar;
  })();
  for await (const entry of readTarEntries(source)) found.push(`${entry.name} ${entry.mode.toString(8)}`);
  return found;
}

describe('createContainer', () => {
  it('copies files below the innermost mount they lie in, because podman does not look through mounts', async () => {
    const tars = fileTars(
      [file('/etc/a'), file('/data/b'), file('/data/in/c'), file('/database')],
      ['/data', '/data/in/'],
    );
    const found = await Promise.all(tars.map(async ({ folder, tar }) => [folder, await names(tar)]));
    assert.deepEqual(found, [
      ['/', ['etc/a 640', 'database 640']],
      ['/data', ['b 640']],
      ['/data/in', ['c 640']],
    ]);
  });

  it('hands variables over in a file and in podman’s environment, never in arguments, and copies files as root (C82)', async () => {
    const id = 'a'.repeat(64);
    using podman = fakePodman([{ match: 'create', stdout: `${id}\n` }]);
    const cli = openPodmanCli({ command: podman.command });
    const env = { TOKEN: 'hunter22', KEY: 'line\nhunter33' };
    const made = await createContainer(
      { cli, volumes, engine, mounts: imageMounts },
      { ...plan, env, files: [file('/etc/a')] },
      call,
    );
    assert.equal(made, id);
    const [create, copy] = podman.calls();
    assert.equal(create?.stdin, 'TOKEN=hunter22\n');
    assert.equal(create?.env['KEY'], 'line\nhunter33');
    assert.ok(!create?.args.join(' ').includes('hunter'));
    assert.deepEqual(copy?.args, ['cp', '--archive=false', '-', `${id}:/`]);
  });

  it('copies files into volumes of the image, which podman 5 has filled, and below those that 4 will fill', async () => {
    const id = 'a'.repeat(64);
    const inspected = JSON.stringify([
      { Id: id, Name: 'n', Created: 't', Config: {}, State: { Status: 'created' }, Mounts: [{ Destination: '/vol' }] },
    ]);
    for (const [version, root] of [
      ['4.3.1', '/'],
      ['5.8.6', '/vol'],
    ] as const) {
      using podman = fakePodman([
        { match: '^create', stdout: `${id}\n` },
        { match: 'inspect', stdout: inspected },
      ]);
      const cli = openPodmanCli({ command: podman.command });
      const context = { cli, volumes, engine: engineOf(version), mounts: imageMounts };
      await createContainer(context, { ...plan, files: [file('/vol/a')] }, call);
      const copy = podman.calls().find(({ args }) => args[0] === 'cp');
      assert.equal(copy?.args.at(-1), `${id}:${root}`);
    }
  });

  it('refuses a volume that is not there, because podman would make it', async () => {
    using podman = fakePodman([]);
    const cli = openPodmanCli({ command: podman.command });
    const mounts = [
      { type: 'volume', volume: 'there', target: '/a' },
      { type: 'volume', volume: 'absent', target: '/b' },
    ] as const;
    await assert.rejects(
      createContainer({ cli, volumes, engine, mounts: imageMounts }, { ...plan, mounts }, call),
      (error) => FairleadError.is(error, 'VOLUME_NOT_FOUND') && error.message.includes('absent'),
    );
    assert.deepEqual(podman.calls(), []);
  });

  it('refuses an empty command for an image without entrypoint, where podman would run the image’s command', async () => {
    using podman = fakePodman([{ match: 'image inspect', stdout: JSON.stringify([{ Id: 'sha' }]) }]);
    const cli = openPodmanCli({ command: podman.command });
    await assert.rejects(
      createContainer({ cli, volumes, engine, mounts: imageMounts }, { ...plan, command: [] }, call),
      (error) => FairleadError.is(error, 'INVALID_SPEC'),
    );
  });

  it('runs over the mount of an image as its configuration says, of which podman knows nothing', async () => {
    const id = 'a'.repeat(64);
    using podman = fakePodman([{ match: 'create', stdout: `${id}\n` }]);
    const cli = openPodmanCli({ command: podman.command });
    const config = {
      entrypoint: ['/run'],
      command: ['x'],
      env: { A: '1' },
      workdir: '/w',
      user: 'app',
      volumes: ['/v'],
    };
    const mountedFile = { path: '/i', device: 1n, inode: 1n, size: 1n, modifiedNs: 1n, changedNs: 1n };
    const over = {
      ...plan,
      imageConfig: config,
      mounted: { file: mountedFile, offset: 4096, config },
      ensured: { id: '/i' },
    };
    assert.equal(await createContainer({ cli, volumes, engine, mounts: imageMounts }, over, call), id);
    const [create] = podman.calls();
    assert.equal(create?.stdin, 'container=podman\nA=1\n');
    assert.deepEqual(create?.args.slice(-4), ['--rootfs=true', '/state/mounts/1/root:O', '/run', 'x']);
    for (const wanted of ['--workdir=/w', '--user=app', '--mount=type=volume,target=/v'])
      assert.ok(create?.args.includes(wanted), wanted);
  });
});
