import { afterEach, describe, expect, it, vi } from 'vitest';
import { FairleadError } from '../errors.ts';
import { passUntil, stopClock } from './__fixtures__/fake-clock.ts';
import { replace } from './__fixtures__/replace.ts';
import { asSession, deadProof } from './__fixtures__/sessions.ts';
import { testManager, until } from './__fixtures__/test-manager.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('run', () => {
  it('needs no further answer of the engine once the container runs', async () => {
    let probes = 0;
    await using test = await testManager({
      decorate: (backend) => ({
        ...backend,
        async start(id, call) {
          await backend.start(id, call);
          probes += 100;
        },
        probe: (call) => (probes >= 100 ? Promise.reject(new Error('asked again')) : backend.probe(call)),
      }),
    });
    await expect(test.manager.run({ image: 'sleep:1' })).resolves.toMatchObject({ backend: 'memory' });
  });

  it('tells its progress, and refuses options it does not know', async () => {
    await using test = await testManager();
    const phases: string[] = [];
    await test.manager.run({ image: 'sleep:1' }, { onProgress: ({ phase }) => phases.push(phase) });
    expect(phases).toEqual(['creating', 'starting']);
    const options = { onProgress: undefined, retries: 3 };
    await expect(test.manager.run({ image: 'sleep:1' }, options)).rejects.toMatchObject({ code: 'INVALID_SPEC' });
  });

  it('lets create and start be apart', async () => {
    await using test = await testManager();
    const container = await test.manager.create({ image: 'exit:1', command: ['4'] });
    await expect(container.inspect()).resolves.toMatchObject({ state: { phase: 'created' } });
    await test.manager.start(container.id);
    await expect(container.wait()).resolves.toMatchObject({ code: 4 });
  });
});

describe('runToCompletion', () => {
  it('gives exit and output and removes', async () => {
    await using test = await testManager();
    const spec = { image: 'say:1', command: ['a', 'b'], autoRemove: true };
    await expect(test.manager.runToCompletion(spec)).resolves.toMatchObject({
      exit: { reason: 'ok', code: 0 },
      stdout: 'a\nb\n',
      stderr: '',
      truncated: false,
    });
    expect(test.engine.containers.size).toBe(0);
  });

  it('gives the result also where the container resists its removal, and removes it later', async () => {
    stopClock();
    let left = 1;
    const busy = new FairleadError({ code: 'IN_USE', message: 'device busy' });
    await using test = await testManager({
      decorate: replace(({ remove }) => ({
        remove: (id, call) => (left-- > 0 ? Promise.reject(busy) : remove(id, call)),
      })),
    });
    const done = test.manager.runToCompletion({ image: 'say:1', command: ['a'] });
    await expect(done).resolves.toMatchObject({ exit: { code: 0 }, stdout: 'a\n' });
    expect(test.engine.containers.size).toBe(1);
    await passUntil(() => test.engine.containers.size === 0);
  });

  it('leaves to reap what resists for as long as its session lives', async () => {
    await using test = await testManager();
    const proof = await deadProof();
    const busy = new FairleadError({ code: 'IN_USE', message: 'device busy' });
    const resisting = test.another({}, (backend, estate) => ({
      ...asSession(proof)(backend, estate),
      remove: () => Promise.reject(busy),
    }));
    await expect(resisting.runToCompletion({ image: 'say:1' })).resolves.toMatchObject({ stdout: 'hello\n' });
    await resisting[Symbol.asyncDispose]();
    const [id] = test.engine.containers.keys();
    await expect(test.manager.reap()).resolves.toEqual({ removed: [id], left: [] });
  });

  it('takes another code than 0 for a result', async () => {
    await using test = await testManager();
    const done = test.manager.runToCompletion({ image: 'exit:1', command: ['3'] });
    await expect(done).resolves.toMatchObject({ exit: { reason: 'error', code: 3 } });
  });

  it('leaves nothing when it is cancelled while it waits', async () => {
    await using test = await testManager();
    const controller = new AbortController();
    const done = test.manager.runToCompletion({ image: 'sleep:1' }, { signal: controller.signal });
    const aborted = until(() => [...test.engine.containers.values()].some(({ running }) => running)).then(() =>
      controller.abort(new Error('enough')),
    );
    await expect(done).rejects.toThrow('enough');
    await aborted;
    expect(test.engine.containers.size).toBe(0);
  });

  it('does not pass on output of which somebody may have removed the rest', async () => {
    await using test = await testManager({
      decorate: (backend) => ({
        ...backend,
        async *logs(id, request, call) {
          yield* backend.logs(id, request, call);
          await backend.remove(id, call);
        },
      }),
    });
    await expect(test.manager.runToCompletion({ image: 'say:1' })).rejects.toMatchObject({
      code: 'CONTAINER_NOT_FOUND',
    });
  });

  it('refuses what is no spec', async () => {
    await using test = await testManager();
    // What a caller without types may pass.
    const nothing = undefined as unknown as { image: string };
    await expect(test.manager.runToCompletion(nothing)).rejects.toMatchObject({ code: 'INVALID_SPEC' });
  });

  it('cuts output beyond 16 MiB a stream, and says so', async () => {
    const most = 16 * 1024 * 1024;
    await using test = await testManager({
      programs: {
        'burst:1': { run: ({ stdout }) => stdout.write(new Uint8Array(most + 1).fill(65)), config: { command: ['x'] } },
      },
    });
    const { stdout, truncated } = await test.manager.runToCompletion({ image: 'burst:1' });
    expect([stdout.length, truncated]).toEqual([most, true]);
  });
});
