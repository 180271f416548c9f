import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeEngine, never } from './__fixtures__/fake-engine.ts';
import { discoverEngines } from './discover.ts';

type Found = Awaited<ReturnType<typeof discover>>;

async function discover(env: Readonly<Record<string, string>>, home = '/nowhere'): Promise<object[]> {
  const found: object[] = [];
  for await (const one of discoverEngines({ env, uid: 1234, home }, never())) found.push(one);
  return found;
}

describe('discoverEngines', () => {
  it('finds an engine that answers', async () => {
    await using engine = await fakeEngine(() => undefined);
    const found: Found = await discover({ DOCKER_HOST: `unix://${engine.socketPath}` });
    expect(found).toEqual([
      {
        found: true,
        endpoint: `unix://${engine.socketPath}`,
        door: 'socket',
        daemonless: false,
        options: { socketPath: engine.socketPath },
      },
    ]);
  });

  it('leaves a Podman that answers there to its own backend, and says so (C2)', async () => {
    await using engine = await fakeEngine(() => undefined, { podman: '5.8.6' });
    expect(await discover({ DOCKER_HOST: `unix://${engine.socketPath}` })).toEqual([
      {
        found: false,
        endpoint: `unix://${engine.socketPath}`,
        reason: expect.stringContaining('Podman 5.8.6'),
        hint: expect.stringContaining('podman'),
      },
    ]);
  });

  it('tells every default place with what is wrong there and what to do', async () => {
    const home = await mkdtemp(join(tmpdir(), 'docker-home-'));
    await mkdir(join(home, 'docker.sock'));
    try {
      const found = await discover({ XDG_RUNTIME_DIR: home }, home);
      expect(found).toHaveLength(4);
      expect(found[1]).toMatchObject({
        found: false,
        reason: expect.stringContaining('is a directory'),
        hint: expect.any(String),
      });
      expect(found[2]).toMatchObject({ found: false, reason: expect.stringContaining('there is no socket') });
    } finally {
      await rm(home, { recursive: true });
    }
  });

  it('takes what answers something else for a miss', async () => {
    await using engine = await fakeEngine(() => undefined, { apiVersion: 'none' });
    expect(await discover({ DOCKER_HOST: `unix://${engine.socketPath}` })).toMatchObject([
      { found: false, reason: expect.stringContaining('no Docker Engine') },
    ]);
  });

  it('tells an address that is not supported as a miss', async () => {
    expect(await discover({ DOCKER_HOST: 'ssh://host' })).toMatchObject([{ found: false, endpoint: 'DOCKER_HOST' }]);
  });

  it('ends with the reason of a cancelled call', async () => {
    await using engine = await fakeEngine(() => undefined);
    const reason = new Error('enough');
    const cancelled = { signal: AbortSignal.abort(reason) };
    const env = { env: { DOCKER_HOST: `unix://${engine.socketPath}` }, uid: 1, home: '/' };
    await expect(discoverEngines(env, cancelled).next()).rejects.toBe(reason);
  });
});
