import type { LogChunk } from '@fairlead/core';
import type { BackendLogRequest } from '@fairlead/core/backend';
import { describe, expect, it } from 'vitest';
import {
  fakeEngine,
  frame,
  never,
  type Answer,
  type FakeOptions,
  type SeenRequest,
} from './__fixtures__/fake-engine.ts';
import { ended, inspection } from './__fixtures__/inspection.ts';
import { readLogs, toUnixSeconds } from './logs.ts';

const id = 'a'.repeat(64);
const all: BackendLogRequest = { follow: false, skip: { stdout: 0, stderr: 0 }, since: undefined, timestamps: false };

interface Told {
  readonly text: Readonly<Record<'stdout' | 'stderr', string>>;
  readonly chunks: readonly LogChunk[];
  readonly queries: readonly Readonly<Record<string, string>>[];
}

/** Reads from an engine with this container, whose log requests are answered so. */
async function read(
  request: Partial<BackendLogRequest>,
  log: (request: SeenRequest) => Answer,
  { container = inspection({ Id: id, State: ended }), ...options }: FakeOptions & { container?: object } = {},
): Promise<Told> {
  await using engine = await fakeEngine(
    (asked) => (asked.route.endsWith('/logs') ? log(asked) : { json: container }),
    options,
  );
  const text = { stdout: '', stderr: '' };
  const chunks: LogChunk[] = [];
  for await (const chunk of readLogs(engine.client, id, { ...all, ...request }, never())) {
    chunks.push(chunk);
    text[chunk.stream] += Buffer.from(chunk.bytes).toString();
  }
  const asked = engine.seen.filter(({ route }) => route.endsWith('/logs'));
  return { text, chunks, queries: asked.map(({ query }) => Object.fromEntries(query)) };
}

const frames = Buffer.concat([frame('stdout', 'one\n'), frame('stderr', 'bad\n'), frame('stdout', 'two\n')]);

describe('readLogs', () => {
  it('gives both streams as they are in the log', async () => {
    const { text, queries } = await read({}, () => ({ bytes: frames }));
    expect(text).toEqual({ stdout: 'one\ntwo\n', stderr: 'bad\n' });
    expect(queries).toEqual([{ stdout: '1', stderr: '1' }]);
  });

  it('follows by one request where follow is complete', async () => {
    const { text, queries } = await read({ follow: true }, () => ({ bytes: frames }));
    expect(text.stdout).toBe('one\ntwo\n');
    expect(queries).toEqual([{ stdout: '1', stderr: '1', follow: '1' }]);
  });

  it('leaves out what the caller has, by bytes of each stream', async () => {
    const { text } = await read({ skip: { stdout: 6, stderr: 4 } }, () => ({ bytes: frames }));
    expect(text).toEqual({ stdout: 'o\n', stderr: '' });
  });

  it('reads the rest where the follow of an old engine stopped early (L6)', async () => {
    const log = ({ query }: SeenRequest): Answer => ({ bytes: query.has('follow') ? frame('stdout', 'on') : frames });
    const { text, queries } = await read({ follow: true, skip: { stdout: 1, stderr: 0 } }, log, { apiVersion: '1.41' });
    expect(text).toEqual({ stdout: 'ne\ntwo\n', stderr: 'bad\n' });
    expect(queries.map(({ follow }) => follow)).toEqual(['1', undefined]);
  });

  it('does not read again while the container runs: the stream broke, and the caller asks anew', async () => {
    const container = inspection({ Id: id, State: { ...ended, Status: 'running' } });
    const { queries } = await read({ follow: true }, () => ({ bytes: frames }), { apiVersion: '1.41', container });
    expect(queries).toHaveLength(1);
  });

  it('restores the newlines that an old engine forgets, and only from its driver local', async () => {
    const long = 'x'.repeat(16_384);
    const log = (): Answer => ({
      bytes: Buffer.concat([frame('stdout', long), frame('stdout', 'rest'), frame('stdout', 'end')]),
    });
    const container = inspection({ Id: id, State: ended, HostConfig: { LogConfig: { Type: 'local' } } });
    expect((await read({}, log, { apiVersion: '1.41', container })).text.stdout).toBe(`${long}rest\nend`);
    expect((await read({}, log, { apiVersion: '1.51', container })).text.stdout).toBe(`${long}restend`);
    expect((await read({}, log, { apiVersion: '1.41' })).text.stdout).toBe(`${long}restend`);
  });

  it('asks for times with since and drops what is before, to the millisecond (C47, C48)', async () => {
    const at = (time: string, text: string): Buffer => frame('stdout', `${time} ${text}`);
    const bytes = Buffer.concat([
      at('2026-11-21T08:00:00.099999999Z', 'before\n'),
      at('2026-11-21T08:00:00.100000001Z', 'at\n'),
      at('2026-11-21T08:00:01Z', 'after\n'),
    ]);
    const since = new Date('2026-11-21T08:00:00.100Z');
    const { text, chunks, queries } = await read({ since }, () => ({ bytes }));
    expect(text.stdout).toBe('at\nafter\n');
    expect(chunks.every((chunk) => !('time' in chunk))).toBe(true);
    expect(queries[0]).toMatchObject({ since: '1795248000.100000000', timestamps: '1' });
    const timed = await read({ since, timestamps: true }, () => ({ bytes }));
    expect(timed.chunks.map(({ time }) => time)).toEqual(['2026-11-21T08:00:00.100000001Z', '2026-11-21T08:00:01Z']);
  });

  it('takes the output of a terminal as it is (C41), and promises no times for it', async () => {
    const container = inspection({ Id: id, State: ended, Config: { Tty: true } });
    const { text } = await read({}, () => ({ bytes: 'raw\r\n' }), { container });
    expect(text.stdout).toBe('raw\r\n');
    await expect(read({ timestamps: true }, () => ({ bytes: 'raw' }), { container })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });

  it('never follows on Podman, whose follow has holes (L1)', async () => {
    const { text, queries } = await read({ follow: true }, () => ({ bytes: frames }), { podman: '5.8.6' });
    expect(text).toEqual({ stdout: 'one\ntwo\n', stderr: 'bad\n' });
    expect(queries.every((query) => !('follow' in query))).toBe(true);
  });

  it('rejects for a container that is not there', async () => {
    await using engine = await fakeEngine(() => undefined);
    const next = readLogs(engine.client, id, all, never()).next();
    await expect(next).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
  });
});

describe('toUnixSeconds', () => {
  it.each([
    ['2026-11-21T08:00:00.007Z', '1795248000.007000000'],
    ['1970-01-01T00:00:00Z', '0.000000000'],
  ])('%s is %s: nine digits (C47)', (time, expected) => {
    expect(toUnixSeconds(new Date(time))).toBe(expected);
  });
});
