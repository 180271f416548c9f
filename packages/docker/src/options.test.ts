import { describe, expect, it } from 'vitest';
import module, { docker } from './index.ts';
import { dockerOptions } from './options.ts';

describe('dockerOptions', () => {
  it.each([
    [{}, undefined],
    [{ socketPath: '/run/x.sock' }, { kind: 'unix', path: '/run/x.sock' }],
    [{ host: 'tcp://engine:1' }, { kind: 'tcp', host: 'engine', port: 1 }],
  ])('understands %j', (options, endpoint) => {
    expect(dockerOptions().parse(options)).toEqual({ endpoint });
  });

  it.each([
    [{ socketPath: 'tcp://127.0.0.1:2375' }, 'tcp:// address'],
    [{ socketPath: 'unix://host/x' }, 'names a host'],
    [{ socketPath: 'relative.sock' }, 'not absolute'],
    [{ host: 'ssh://host' }, 'ssh'],
    [{ host: 'unix:///a', socketPath: '/a' }, 'exclude each other'],
    [{ socket: '/a' }, 'socket'],
    [{ socketPath: 7 }, 'socketPath'],
  ])('refuses %j before anything happens (B11)', (options, words) => {
    expect(() => module.connect(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_SPEC', message: expect.stringContaining(words) }),
    );
  });
});

describe('docker', () => {
  it('connects to nothing until it is used', async () => {
    await using manager = docker({ socketPath: '/nowhere/engine.sock' });
    expect(manager.backend).toBe('docker');
    expect(manager.formats).toContain('registry');
  });

  it('tells in the probe why a socket cannot be used', async () => {
    await using manager = docker({ socketPath: '/nowhere/engine.sock' });
    expect(await manager.probe()).toMatchObject({
      usable: false,
      endpoint: 'unix:///nowhere/engine.sock',
      reason: expect.stringContaining('/nowhere/engine.sock'),
      hint: expect.any(String),
    });
  });
});
