import { describe, expect, it } from 'vitest';
import type { BackendCall } from '../backend/backend-call.ts';
import type { LogChunk } from '../logs.ts';
import { readAll } from './__fixtures__/read-all.ts';
import { replace } from './__fixtures__/replace.ts';
import { testManager, type TestManager } from './__fixtures__/test-manager.ts';

/** A manager whose containers give this for any command. */
function answering(output: (call: BackendCall) => AsyncIterable<LogChunk>, code = 0): Promise<TestManager> {
  return testManager({
    decorate: replace(() => ({
      exec: async (_id, _request, call) => ({ output: output(call), exit: () => Promise.resolve(code) }),
    })),
  });
}

async function* said(): AsyncIterable<LogChunk> {
  yield { stream: 'stdout', bytes: Buffer.from('out\n') };
  yield { stream: 'stderr', bytes: Buffer.from('err') };
}

/** Says something, then nothing until it is cut. */
async function* endless({ signal }: BackendCall): AsyncIterable<LogChunk> {
  yield* said();
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

describe('exec', () => {
  it('gives output and code; a code other than 0 is a result', async () => {
    await using test = await answering(said, 3);
    const container = await test.manager.run({ image: 'sleep:1' });
    const process = await container.exec(['ls']);
    await expect(process.result()).resolves.toEqual({ code: 3, stdout: 'out\n', stderr: 'err', truncated: false });
  });

  it('gives lines as they come', async () => {
    await using test = await answering(said);
    const container = await test.manager.run({ image: 'sleep:1' });
    const { lines } = await container.exec(['ls']);
    expect(await readAll(lines)).toEqual([
      { stream: 'stdout', text: 'out' },
      { stream: 'stderr', text: 'err', partial: true },
    ]);
    await expect(lines.ended).resolves.toEqual({ reason: 'exited' });
  });

  it('tells who reads lines the code, once they have ended', async () => {
    await using test = await answering(said, 3);
    const container = await test.manager.run({ image: 'sleep:1' });
    const process = await container.exec(['ls']);
    let code: number | undefined;
    const exit = process.exit().then((told) => (code = told));
    const meanwhile: unknown[] = [];
    for await (const { text } of process.lines) meanwhile.push([text, code]);
    expect(meanwhile).toEqual([
      ['out', undefined],
      ['err', undefined],
    ]);
    await expect(exit).resolves.toBe(3);
    await process[Symbol.asyncDispose]();
    await expect(process.exit()).resolves.toBe(3);
    const whole = await container.exec(['ls']);
    await whole.result();
    await expect(whole.exit()).resolves.toBe(3);
  });

  it('tells why there is no code where the command was left, cancelled or failed', async () => {
    await using test = await answering(endless);
    const container = await test.manager.run({ image: 'sleep:1' });
    const left = await container.exec(['ls']);
    for await (const _ of left.lines) break;
    await expect(left.exit()).rejects.toMatchObject({ code: 'CONFLICT', operation: 'exec' });
    const controller = new AbortController();
    const cancelled = await container.exec(['ls'], { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 10);
    await expect(readAll(cancelled.lines)).rejects.toThrow('enough');
    await expect(cancelled.exit()).rejects.toThrow('enough');
    const unread = await container.exec(['ls'], { signal: AbortSignal.timeout(10) });
    await expect(unread.exit()).rejects.toMatchObject({ name: 'TimeoutError' });
    const disposed = await container.exec(['ls']);
    await disposed[Symbol.asyncDispose]();
    await expect(disposed.exit()).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('passes what is to be run as it is', async () => {
    await using test = await testManager({
      programs: {
        'env:1': {
          run: ({ signal, env, workdir, user, stdout, argv }) => {
            if (argv[0] === 'wait') return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
            stdout.write(JSON.stringify({ argv, a: env['A'], workdir, user }));
            return 0;
          },
        },
      },
    });
    const container = await test.manager.run({ image: 'env:1', command: ['wait'] });
    const process = await container.exec(['sh', '-c', '--x', ''], { env: { A: 'b=c' }, workdir: '/w', user: '7:8' });
    const { stdout } = await process.result();
    expect(JSON.parse(stdout)).toEqual({ argv: ['sh', '-c', '--x', ''], a: 'b=c', workdir: '/w', user: '7:8' });
  });

  it.each([
    [[], {}],
    [[''], {}],
    [['a\0'], {}],
    [['ls'], { user: '--privileged' }],
    [['ls'], { workdir: 'here' }],
    [['ls'], { env: { 'A=B': '' } }],
    [['ls'], { user: '1', tty: true }],
  ])('refuses %j with %j before any effect', async (command, options) => {
    await using test = await testManager({
      decorate: replace(() => ({ exec: () => Promise.reject(new Error('asked')) })),
    });
    const container = await test.manager.run({ image: 'sleep:1' });
    await expect(container.exec(command, options)).rejects.toMatchObject({ code: 'INVALID_SPEC' });
  });

  it('is UNSUPPORTED where the engine has none, or not that part of it', async () => {
    await using none = await testManager({ decorate: ({ exec: _exec, ...backend }) => backend });
    const container = await none.manager.run({ image: 'sleep:1' });
    await expect(container.exec(['ls'])).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await using part = await testManager({ supports: { 'exec.user': { kind: 'unsupported', reason: 'one user' } } });
    const other = await part.manager.run({ image: 'sleep:1' });
    await expect(other.exec(['ls'], { user: '1' })).rejects.toMatchObject({
      details: { refusals: [{ key: 'exec.user' }] },
    });
  });

  it('is CONFLICT in a container that does not run', async () => {
    await using test = await testManager();
    const container = await test.manager.create({ image: 'sleep:1' });
    await expect(container.exec(['ls'])).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is cut when it is cancelled, with the reason', async () => {
    await using test = await answering(endless);
    const container = await test.manager.run({ image: 'sleep:1' });
    const controller = new AbortController();
    const process = await container.exec(['ls'], { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 10);
    await expect(process.result()).rejects.toThrow('enough');
  });

  it('is cut when its handle is disposed, but not once it has ended', async () => {
    const signals: AbortSignal[] = [];
    const noting = (output: (call: BackendCall) => AsyncIterable<LogChunk>) => (call: BackendCall) => {
      signals.push(call.signal);
      return output(call);
    };
    await using running = await answering(noting(endless));
    await (await (await running.manager.run({ image: 'sleep:1' })).exec(['ls']))[Symbol.asyncDispose]();
    await using ended = await answering(noting(said));
    const process = await (await ended.manager.run({ image: 'sleep:1' })).exec(['ls']);
    await process.result();
    await process[Symbol.asyncDispose]();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it('frees its source and is cancelled when its lines are left', async () => {
    let freed = false;
    let signal: AbortSignal | undefined;
    await using test = await answering(async function* (call) {
      ({ signal } = call);
      try {
        yield* endless(call);
      } finally {
        freed = true;
      }
    });
    const process = await (await test.manager.run({ image: 'sleep:1' })).exec(['ls']);
    for await (const line of process.lines) if (line.text === 'out') break;
    expect(freed).toBe(true);
    expect(signal?.aborted).toBe(true);
  });
});
