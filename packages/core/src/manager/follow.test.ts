import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BackendLogRequest } from '../backend/backend.ts';
import type { Container, ContainerState } from '../container.ts';
import { FairleadError } from '../errors.ts';
import type { LogChunk, LogOptions, LogSource } from '../logs.ts';
import type { Decorate } from '../testing/index.ts';
import { pass, stopClock } from './__fixtures__/fake-clock.ts';
import { testManager } from './__fixtures__/test-manager.ts';
import { readAll } from './__fixtures__/read-all.ts';

const running: ContainerState = { phase: 'running', rawState: 'running', attempt: 1 };
const ended: ContainerState = {
  phase: 'exited',
  rawState: 'exited',
  attempt: 1,
  exit: { attempt: 1, reason: 'ok', code: 0 },
};
const lost = new FairleadError({ code: 'CONNECTION_LOST', message: 'connection lost' });
const gone = new FairleadError({ code: 'CONTAINER_NOT_FOUND', message: 'no such container' });

/** One read: what it gives, and how it ends. */
interface Read {
  readonly give: readonly string[];
  readonly fail?: Error;
}

/** What reads and looks give in turn; the last one stays. */
interface Script {
  readonly reads: readonly Read[];
  readonly looks: readonly (ContainerState | Error | undefined)[];
}

interface Followed extends AsyncDisposable {
  readonly container: Container;
  readonly requests: readonly BackendLogRequest[];
  /** Everything that was given, as one text, and how it ended. */
  read(options?: LogOptions): Promise<{ readonly text: string; readonly end: object; readonly error?: unknown }>;
}

function chunk(text: string, stream: LogSource = 'stdout'): LogChunk {
  return { stream, bytes: new TextEncoder().encode(text) };
}

function scripted({ reads, looks }: Script, requests: BackendLogRequest[]): Decorate {
  let looked = 0;
  return (backend) => ({
    ...backend,
    async inspect(ids, call) {
      const answer = looks[Math.min(looked, looks.length - 1)];
      looked += 1;
      if (answer instanceof Error) throw answer;
      const found = await backend.inspect(ids, call);
      return new Map(answer === undefined ? [] : Array.from(found, ([id, one]) => [id, { ...one, state: answer }]));
    },
    async *logs(_id, request) {
      const read = reads[Math.min(requests.length, reads.length - 1)];
      requests.push(request);
      for (const text of read?.give ?? []) yield chunk(text);
      if (read?.fail !== undefined) throw read.fail;
    },
  });
}

async function followed(script: Script): Promise<Followed> {
  const requests: BackendLogRequest[] = [];
  const opened = await testManager({ decorate: scripted(script, requests) });
  const container = await opened.manager.run({ image: 'sleep:1' });
  return {
    container,
    requests,
    async read(options = { follow: true }) {
      const stream = container.logs({ ...options, as: 'chunks' });
      const decoder = new TextDecoder();
      let text = '';
      try {
        for await (const { bytes } of stream) text += decoder.decode(bytes);
        return { text, end: await stream.ended };
      } catch (error) {
        return { text, end: await stream.ended, error };
      }
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

beforeEach(stopClock);

afterEach(() => {
  vi.useRealTimers();
});

describe('following', () => {
  it('ends with exited when the stream has ended and inspect says so (L25)', async () => {
    await using test = await followed({ reads: [{ give: ['a\n', 'b\n'] }], looks: [ended] });
    expect(await test.read()).toEqual({ text: 'a\nb\n', end: { reason: 'exited' } });
    expect(test.requests).toHaveLength(1);
  });

  it('goes on from the count of bytes when a stream ended before its container (C52, L25)', async () => {
    await using test = await followed({
      reads: [{ give: [] }, { give: ['a\n'] }, { give: ['b\n'] }],
      looks: [running, running, ended],
    });
    const reading = test.read();
    await pass(500);
    expect(await reading).toEqual({ text: 'a\nb\n', end: { reason: 'exited' } });
    expect(test.requests.map(({ skip }) => skip.stdout)).toEqual([0, 0, 2]);
  });

  it('goes on from the count of bytes after a lost connection (L28)', async () => {
    await using test = await followed({
      reads: [{ give: ['a\nb'], fail: lost }, { give: ['c\n'] }],
      looks: [running, ended],
    });
    const reading = test.read();
    await pass(500);
    expect(await reading).toEqual({ text: 'a\nbc\n', end: { reason: 'exited' } });
    expect(test.requests[1]?.skip).toEqual({ stdout: 3, stderr: 0 });
  });

  it('goes on from the count of bytes with since, too', async () => {
    const since = new Date(0);
    await using test = await followed({
      reads: [{ give: ['a\n'], fail: lost }, { give: ['b\n'] }],
      looks: [running, ended],
    });
    const reading = test.read({ follow: true, since });
    await pass(500);
    expect(await reading).toMatchObject({ text: 'a\nb\n' });
    expect(test.requests[1]).toMatchObject({ since, skip: { stdout: 2, stderr: 0 } });
  });

  it('reads once more before exited counts, when the engine was away at the end (L27, L28)', async () => {
    await using test = await followed({
      reads: [{ give: ['a\n'] }, { give: ['last words\n'] }],
      looks: [lost, lost, ended],
    });
    const reading = test.read();
    await pass(1_000);
    expect(await reading).toEqual({ text: 'a\nlast words\n', end: { reason: 'exited' } });
  });

  it('does not call it complete when the last read broke off', async () => {
    await using test = await followed({ reads: [{ give: ['a\n'], fail: lost }, { give: ['b\n'] }], looks: [ended] });
    const reading = test.read();
    await pass(500);
    expect(await reading).toEqual({ text: 'a\nb\n', end: { reason: 'exited' } });
  });

  it('gives up when reads break off again and again without a new byte', async () => {
    await using test = await followed({ reads: [{ give: [], fail: lost }], looks: [ended] });
    const reading = test.read();
    await pass(15_000);
    expect(await reading).toEqual({ text: '', end: { reason: 'interrupted', error: lost }, error: lost });
  });

  it('gives up when the engine stays away', async () => {
    await using test = await followed({ reads: [{ give: ['a\n'], fail: lost }], looks: [lost] });
    const reading = test.read();
    await pass(20_000);
    expect(await reading).toEqual({ text: 'a\n', end: { reason: 'interrupted', error: lost }, error: lost });
  });

  it('ends with removed when the container is gone, and never promises completeness then', async () => {
    await using quiet = await followed({ reads: [{ give: ['a\n'] }], looks: [undefined] });
    expect(await quiet.read()).toEqual({ text: 'a\n', end: { reason: 'removed' } });
    await using broken = await followed({ reads: [{ give: ['a\n'], fail: gone }], looks: [running] });
    expect(await broken.read()).toEqual({ text: 'a\n', end: { reason: 'removed' } });
  });

  it('rejects for a container that was never there', async () => {
    await using test = await followed({ reads: [{ give: [], fail: gone }], looks: [undefined] });
    expect(await test.read()).toMatchObject({ error: gone });
  });

  it('passes on what the engine fails with otherwise', async () => {
    const failure = new FairleadError({ code: 'ENGINE_FAILURE', message: 'broken log' });
    await using test = await followed({ reads: [{ give: ['a\n'], fail: failure }], looks: [running] });
    expect(await test.read()).toMatchObject({ text: 'a\n', error: failure });
  });
});

describe('a tail', () => {
  it('is the last lines of a read without follow, and the following goes on behind it', async () => {
    await using test = await followed({ reads: [{ give: ['1\n2\n3\n4'] }, { give: ['5\n'] }], looks: [ended] });
    expect(await test.read({ follow: true, tail: 2 })).toEqual({ text: '3\n45\n', end: { reason: 'exited' } });
    expect(test.requests).toMatchObject([
      { follow: false, skip: { stdout: 0 } },
      { follow: true, skip: { stdout: 7 } },
    ]);
  });

  it('of nothing still follows from here', async () => {
    await using test = await followed({ reads: [{ give: ['1\n'] }, { give: ['2\n'] }], looks: [ended] });
    expect(await test.read({ follow: true, tail: 0 })).toMatchObject({ text: '2\n' });
  });

  it('without follow ends with end-of-tail', async () => {
    await using test = await followed({ reads: [{ give: ['1\n2\n'] }], looks: [running] });
    expect(await test.read({ tail: 1 })).toEqual({ text: '2\n', end: { reason: 'end-of-tail' } });
  });
});

describe('options of logs', () => {
  it.each([{ tail: -1 }, { tail: 1.5 }, { since: 'yesterday' }, { as: 'words' }, { until: 'now' }])(
    'are refused for %j, when the stream is read',
    async (options) => {
      await using test = await followed({ reads: [], looks: [ended] });
      // What a caller without types may pass.
      const stream = test.container.logs(options as LogOptions & { as: 'chunks' });
      await expect(readAll(stream)).rejects.toMatchObject({ code: 'INVALID_SPEC', operation: 'logs' });
      expect(test.requests).toEqual([]);
    },
  );

  it('that the engine does not support are refused before any read', async () => {
    await using test = await testManager({ supports: { 'logs.since': { kind: 'unsupported', reason: 'no times' } } });
    const container = await test.manager.run({ image: 'say:1' });
    await expect(readAll(container.logs({ since: new Date() }))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      details: { refusals: [{ key: 'logs.since' }] },
    });
  });
});

describe('manager.logs', () => {
  it('takes a name, compared whole, and gives lines', async () => {
    await using test = await testManager();
    await test.manager.run({ image: 'say:1', command: ['a', 'b'], name: 'run-12' });
    await test.manager.wait('run-12');
    expect(await readAll(test.manager.logs('run-12'))).toEqual([
      { stream: 'stdout', text: 'a' },
      { stream: 'stdout', text: 'b' },
    ]);
    await expect(readAll(test.manager.logs('run-1'))).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
  });

  it('gives bytes if they are asked for', async () => {
    await using test = await testManager();
    const { id } = await test.manager.run({ image: 'say:1' });
    await test.manager.wait(id);
    expect(await readAll(test.manager.logs(id, { as: 'chunks' }))).toEqual([chunk('hello\n')]);
  });
});
