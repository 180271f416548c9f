import { describe, expect, it } from 'vitest';
import { testManager, until } from './__fixtures__/test-manager.ts';

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
