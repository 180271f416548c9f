import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { candidates, defaultCandidate } from './candidates.ts';

let home = '';

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'docker-home-'));
});

afterEach(() => rmSync(home, { recursive: true }));

function of(env: Readonly<Record<string, string>> = {}): ReturnType<typeof candidates> {
  return candidates({ env, uid: 1234, home });
}

function writeConfig(folder: string, config: object): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
}

function writeContext(name: string, host: string, options: { readonly tls?: boolean } = {}): void {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = join(home, '.docker/contexts/meta', id);
  mkdirSync(meta, { recursive: true });
  writeFileSync(
    join(meta, 'meta.json'),
    JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker: { Host: host } } }),
  );
  if (options.tls === true) mkdirSync(join(home, '.docker/contexts/tls', id), { recursive: true });
}

describe('candidates', () => {
  it('are the default sockets, the rootful one first', () => {
    expect(of({ XDG_RUNTIME_DIR: '/run/me' }).map(({ place }) => place)).toEqual([
      { endpoint: { kind: 'unix', path: '/var/run/docker.sock' } },
      { endpoint: { kind: 'unix', path: '/run/me/docker.sock' } },
      { endpoint: { kind: 'unix', path: join(home, '.docker/run/docker.sock') } },
      { endpoint: { kind: 'unix', path: join(home, '.docker/desktop/docker.sock') } },
    ]);
  });

  it('know the runtime folder of a user whose environment does not tell it', () => {
    expect(of()[1]?.place).toEqual({ endpoint: { kind: 'unix', path: '/run/user/1234/docker.sock' } });
  });

  it('are DOCKER_HOST alone where it is set: what somebody chose is not replaced', () => {
    writeConfig(join(home, '.docker'), { currentContext: 'other' });
    expect(of({ DOCKER_HOST: 'unix:///run/mine.sock', DOCKER_CONTEXT: 'other' })).toEqual([
      { source: 'DOCKER_HOST', place: { endpoint: { kind: 'unix', path: '/run/mine.sock' } } },
    ]);
  });

  it('are the defaults where DOCKER_HOST is empty', () => {
    expect(of({ DOCKER_HOST: '' })).toHaveLength(4);
  });

  it('tell why an address that is not supported is a miss', () => {
    expect(of({ DOCKER_HOST: 'ssh://user@host' })).toMatchObject([
      { place: { problem: { reason: expect.stringContaining('ssh') } } },
    ]);
    expect(of({ DOCKER_HOST: 'tcp://host:2376', DOCKER_TLS_VERIFY: '1' })).toMatchObject([
      { place: { problem: { reason: expect.stringContaining('TLS') } } },
    ]);
  });

  it('are the endpoint of the current context', () => {
    writeConfig(join(home, '.docker'), { currentContext: 'work', auths: {} });
    writeContext('work', 'unix:///run/work.sock');
    expect(of()).toEqual([{ source: 'context work', place: { endpoint: { kind: 'unix', path: '/run/work.sock' } } }]);
  });

  it('prefer DOCKER_CONTEXT to the current context', () => {
    writeConfig(join(home, '.docker'), { currentContext: 'work' });
    writeContext('work', 'unix:///run/work.sock');
    writeContext('play', 'tcp://play:1');
    expect(of({ DOCKER_CONTEXT: 'play' })).toMatchObject([
      { place: { endpoint: { kind: 'tcp', host: 'play', port: 1 } } },
    ]);
    expect(of({ DOCKER_CONTEXT: 'default' })).toHaveLength(4);
  });

  it('take contexts from DOCKER_CONFIG', () => {
    const folder = join(home, 'elsewhere');
    writeConfig(folder, { currentContext: 'absent' });
    expect(of({ DOCKER_CONFIG: folder })).toMatchObject([
      { source: 'context absent', place: { problem: { reason: expect.stringContaining('"absent"') } } },
    ]);
  });

  it('refuse a context with certificates', () => {
    writeContext('safe', 'tcp://host:2376', { tls: true });
    expect(of({ DOCKER_CONTEXT: 'safe' })).toMatchObject([
      { place: { problem: { reason: expect.stringContaining('TLS') } } },
    ]);
  });

  it('go on without a config that is broken', () => {
    mkdirSync(join(home, '.docker'));
    writeFileSync(join(home, '.docker/config.json'), '{ broken');
    expect(of()).toHaveLength(4);
  });
});

describe('defaultCandidate', () => {
  it('is the first default socket that is there', () => {
    const runtime = join(home, 'runtime');
    mkdirSync(runtime);
    writeFileSync(join(runtime, 'docker.sock'), '');
    const { place } = defaultCandidate({ env: { XDG_RUNTIME_DIR: runtime }, uid: 1234, home });
    // A machine with a rootful Docker has that one first.
    expect(['/var/run/docker.sock', join(runtime, 'docker.sock')]).toContain(
      'endpoint' in place && place.endpoint.kind === 'unix' && place.endpoint.path,
    );
  });

  it('is what was chosen, also where nothing is', () => {
    const env = { DOCKER_HOST: 'unix:///nowhere.sock' };
    expect(defaultCandidate({ env, uid: 1, home }).place).toEqual({
      endpoint: { kind: 'unix', path: '/nowhere.sock' },
    });
  });

  it('is a problem where that was chosen', () => {
    expect(defaultCandidate({ env: { DOCKER_HOST: 'ssh://x' }, uid: 1, home }).place).toHaveProperty('problem');
  });
});
