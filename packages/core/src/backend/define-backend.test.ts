import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { memoryBackend, MemoryEngine } from '../testing/index.ts';
import { defineBackend, type BackendDefinition, type Found } from './define-backend.ts';

const env = { env: {}, uid: 0, home: '/' };

function define(
  parts: Partial<BackendDefinition<{ socketPath: string }, { socketPath?: string }>> = {},
): ReturnType<typeof defineBackend> {
  return defineBackend({
    name: 'acme',
    formats: ['registry'],
    loads: [],
    kube: false,
    options: () => z.strictObject({ socketPath: z.string().default('/run/acme.sock') }),
    async *discover() {
      yield { found: true, endpoint: '/a', door: 'socket', daemonless: false, options: { socketPath: '/a' } };
      yield { found: false, endpoint: '/b', reason: 'absent', hint: 'start it' };
    },
    open: (_, estate) => memoryBackend(new MemoryEngine(), estate),
    ...parts,
  });
}

async function places(module: ReturnType<typeof define>): Promise<readonly Found[]> {
  const found: Found[] = [];
  for await (const place of module.discover(env, { signal: new AbortController().signal })) found.push(place);
  return found;
}

describe('defineBackend', () => {
  it('builds no schema and opens nothing until it is asked to connect', () => {
    const options = vi.fn<() => never>();
    const open = vi.fn<() => never>();
    define({ options, open });
    expect(options).not.toHaveBeenCalled();
    expect(open).not.toHaveBeenCalled();
  });

  it('gives parsed options to open, and the estate', () => {
    const open = vi.fn<BackendDefinition<{ socketPath: string }, object>['open']>((_, estate) =>
      memoryBackend(new MemoryEngine(), estate),
    );
    const manager = define({ open }).connect(undefined, { owner: 'me' });
    expect(open).toHaveBeenCalledWith({ socketPath: '/run/acme.sock' }, expect.objectContaining({ owner: 'me' }));
    expect(manager).toMatchObject({ backend: 'acme', owner: 'me', formats: ['registry'] });
  });

  it('refuses options that do not fit, with their names and without their values', () => {
    const connect = (): unknown => define().connect({ socketPath: 7, password: 'hunter2' });
    expect(connect).toThrow(/^acme connect: .*socketPath: /);
    expect(connect).toThrow(expect.objectContaining({ code: 'INVALID_SPEC' }));
    expect(connect).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hunter2') }));
  });

  it('tells every place, and closes each over its own options', async () => {
    const open = vi.fn<BackendDefinition<{ socketPath: string }, object>['open']>((_, estate) =>
      memoryBackend(new MemoryEngine(), estate),
    );
    const [found, missed] = await places(define({ open }));
    expect(missed).toEqual({ found: false, endpoint: '/b', reason: 'absent', hint: 'start it' });
    if (found?.found !== true) throw new Error('nothing was found');
    found.connect();
    expect(open).toHaveBeenCalledWith({ socketPath: '/a' }, expect.anything());
  });

  it('disposes the backend with the manager, once', async () => {
    const close = vi.fn<() => Promise<void>>(() => Promise.resolve());
    const manager = define({ open: (_, estate) => ({ ...memoryBackend(new MemoryEngine(), estate), close }) }).connect(
      {},
    );
    await manager[Symbol.asyncDispose]();
    await manager[Symbol.asyncDispose]();
    expect(close).toHaveBeenCalledOnce();
  });
});
