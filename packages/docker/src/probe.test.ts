import { hostname, release } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { fakeEngine, never, type Answer, type FakeOptions } from './__fixtures__/fake-engine.ts';
import { EngineClient } from './client.ts';
import { probeEngine, type Probed } from './probe.ts';

const info = {
  ID: 'the-id',
  Name: hostname(),
  KernelVersion: release(),
  Architecture: 'x86_64',
  NCPU: 4,
  MemoryLimit: true,
  CpuCfsQuota: true,
  PidsLimit: true,
  SecurityOptions: ['name=seccomp,profile=builtin'],
  DockerRootDir: '/var/lib/docker',
};

async function probe(
  parts: object = {},
  routes: Readonly<Record<string, Answer>> = {},
  options: FakeOptions = {},
): Promise<Probed> {
  const known: Readonly<Record<string, Answer>> = {
    'GET /info': { json: { ...info, ...parts } },
    'GET /version': { json: { Version: '28.5.2', Arch: 'amd64' } },
    'GET /networks/bridge': { json: {} },
    ...routes,
  };
  await using engine = await fakeEngine(({ route }) => known[route], options);
  return await probeEngine(engine.client, never());
}

describe('probeEngine', () => {
  it('tells what the engine is', async () => {
    const { probe: told, facts } = await probe();
    expect(told).toMatchObject({
      usable: true,
      engine: 'Docker Engine',
      version: '28.5.2',
      engineId: 'the-id',
      endpoint: expect.stringMatching(/^unix:\/\/\//),
      rootless: false,
      architecture: 'amd64',
      sharesHostFiles: true,
      addedEnvironment: ['HOME', 'HOSTNAME', 'PATH'],
    });
    expect(facts).toMatchObject({ cpus: 4, bridge: true });
  });

  it('sees that it is rootless', async () => {
    const SecurityOptions = ['name=seccomp,profile=builtin', 'name=rootless', 'name=cgroupns'];
    expect((await probe({ SecurityOptions })).probe).toMatchObject({ rootless: true });
  });

  it.each([{ KernelVersion: '6.1-linuxkit' }, { OperatingSystem: 'Docker Desktop' }])(
    'knows that an engine in a machine of its own has other files: %j',
    async (parts) => {
      expect((await probe(parts)).probe).toMatchObject({ sharesHostFiles: false });
    },
  );

  it('says so where it takes the files of a host with another name for this one’s', async () => {
    const { probe: told } = await probe({ Name: 'another-name' });
    expect(told).toMatchObject({
      sharesHostFiles: true,
      notes: expect.arrayContaining([expect.stringContaining('another-name')]),
    });
  });

  it('passes the engine’s warnings on', async () => {
    const { probe: told } = await probe({ Warnings: ['WARNING: No swap limit support'] });
    expect(told).toMatchObject({ notes: expect.arrayContaining(['WARNING: No swap limit support']) });
  });

  it('looks whether there is a bridge for private networks', async () => {
    const { probe: told } = await probe(
      {},
      { 'GET /networks/bridge': { status: 404, json: { message: 'network bridge not found' } } },
    );
    expect(told).toMatchObject({ supports: { 'network.private': { kind: 'unsupported' } } });
  });

  it('believes Podman’s own list of controllers, not what it claims here (C4), and names its store', async () => {
    const libpod = { host: { cgroupControllers: ['pids'] }, store: { graphRoot: '/g', runRoot: '/r' } };
    const routes = { 'GET /libpod/info': { json: libpod } };
    const first = await probe({ ID: 'one' }, routes, { podman: '5.8.6' });
    const second = await probe({ ID: 'two' }, routes, { podman: '5.8.6' });
    expect(first.probe).toMatchObject({
      version: '5.8.6',
      supports: { 'resources.memoryBytes': { kind: 'unsupported' }, 'resources.pids': { kind: 'native' } },
      addedEnvironment: expect.arrayContaining(['container']),
    });
    expect(first.probe).toHaveProperty('engineId', second.probe.usable && second.probe.engineId);
  });

  it('never rejects for an engine that is absent or refuses', async () => {
    const absent = new EngineClient({ kind: 'unix', path: '/nowhere/engine.sock' });
    expect(await probeEngine(absent, never())).toEqual({
      probe: {
        usable: false,
        endpoint: 'unix:///nowhere/engine.sock',
        reason: 'there is no socket at /nowhere/engine.sock',
        hint: expect.any(String),
      },
      facts: undefined,
    });
    const { probe: refused } = await probe({}, { 'GET /info': { status: 500, json: { message: 'no' } } });
    expect(refused).toMatchObject({ usable: false, reason: 'no' });
  });

  it('says so when the engine takes the question and does not answer within 20 s', async () => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    const clock = vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => timeout(milliseconds / 400));
    try {
      await using engine = await fakeEngine(() => () => undefined);
      const { probe: told, facts } = await probeEngine(engine.client, never());
      expect([told, facts]).toEqual([
        {
          usable: false,
          endpoint: `unix://${engine.socketPath}`,
          reason: expect.stringContaining('did not answer within 20 s'),
          hint: expect.any(String),
        },
        undefined,
      ]);
    } finally {
      clock.mockRestore();
    }
  });

  it('rejects with the reason when it is cancelled', async () => {
    await using engine = await fakeEngine(() => () => undefined);
    const reason = new Error('enough');
    const cancelled = new AbortController();
    setTimeout(() => cancelled.abort(reason), 30);
    await expect(probeEngine(engine.client, cancelled)).rejects.toBe(reason);
  });
});
