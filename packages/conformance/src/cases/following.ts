import assert from 'node:assert/strict';
import type { LogChunk, LogSource } from '@fairlead/core';
import type { Case, CaseContext } from '../case.ts';
import { gather } from '../gather.ts';
import { untilSaid } from '../until-said.ts';
import { burstOf } from '../workload/burst.ts';

const twentyMebibytes = 20 << 20;

export const followingCases: readonly Case[] = [
  {
    id: 'following/ends',
    title: 'a follower gets every line and ends when the container ends, saying so',
    requirements: ['F46', 'H21', 'L25', 'V3'],
    uses: ['logs.follow'],
    proves: 'logs.follow',
    mutants: ['followers-do-not-know-the-end'],
    async run({ run, manager }) {
      const container = await run([
        { do: 'print', text: 'one\n' },
        { do: 'pause', seconds: 0.4 },
        { do: 'print', text: 'two\n' },
        { do: 'exit', code: 3 },
      ]);
      const stream = manager.logs(container.id, { follow: true });
      assert.deepEqual(
        (await gather(stream)).map(({ text }) => text),
        ['one', 'two'],
      );
      assert.deepEqual(await stream.ended, { reason: 'exited' });
    },
  },
  {
    id: 'following/burst',
    title: 'a burst of 20 MiB is followed to its end, byte for byte on both streams, also by one who pauses 4 seconds',
    requirements: ['L1', 'L2', 'L3', 'L4', 'L6', 'L7', 'L9', 'C53', 'C54', 'C55', 'F45'],
    uses: ['logs.follow'],
    tags: ['version', 'mandatory'],
    mutants: ['burst-has-holes'],
    async run(context) {
      const bytes = context.target.burstBytes ?? twentyMebibytes;
      const expected = burstOf(bytes);
      const container = await context.run([
        { do: 'burst', bytes },
        { do: 'exit', code: 7 },
      ]);
      const [fast, slow] = await Promise.all([
        follow(container.logs({ follow: true, as: 'chunks' }), () => Promise.resolve()),
        follow(container.logs({ follow: true, as: 'chunks' }), pauseOnce(context)),
      ]);
      for (const [reader, got] of [
        ['fast', fast],
        ['paused', slow],
      ] as const) {
        assertSame(`${reader} reader, stdout`, got.stdout, expected.stdout);
        assertSame(`${reader} reader, stderr`, got.stderr, expected.stderr);
      }
      assert.equal((await container.wait()).code, 7);
    },
  },
  {
    id: 'following/late',
    title: 'who follows late gets all from the beginning',
    requirements: ['L28', 'F43', 'C60'],
    uses: ['logs.follow'],
    mutants: ['followers-of-the-ended-get-nothing'],
    async run({ run, connect, pause }) {
      const container = await run([
        { do: 'print', text: 'beginning\n' },
        { do: 'pause', seconds: 1 },
        { do: 'print', text: 'end\n' },
      ]);
      await pause(0.5);
      const lines = await gather(connect().logs(container.id, { follow: true }));
      assert.deepEqual(
        lines.map(({ text }) => text),
        ['beginning', 'end'],
      );
      const afterwards = await gather(connect().logs(container.id, { follow: true }));
      assert.deepEqual(
        afterwards.map(({ text }) => text),
        ['beginning', 'end'],
      );
    },
  },
  {
    id: 'following/tail',
    title: 'a follower with tail begins with the last lines and goes on',
    requirements: ['F43', 'C49'],
    uses: ['logs.follow', 'logs.tail'],
    mutants: ['tail-is-lost-when-following'],
    async run({ run, manager }) {
      const container = await run([
        {
          do: 'on-signal',
          signal: 'SIGUSR1',
          steps: [
            { do: 'print', text: 'four\n' },
            { do: 'exit', code: 0 },
          ],
        },
        { do: 'print', text: 'one\ntwo\nthree\n' },
        { do: 'hold' },
      ]);
      await untilSaid(container, 'three');
      const texts: string[] = [];
      for await (const { text } of manager.logs(container.id, { follow: true, tail: 1 })) {
        texts.push(text);
        if (text === 'three') await container.kill('SIGUSR1');
      }
      assert.deepEqual(texts, ['three', 'four']);
    },
  },
  {
    id: 'following/left',
    title: 'leaving the loop early ends the stream as left, and the container runs on',
    requirements: ['F45', 'L25', 'C57'],
    uses: ['logs.follow'],
    mutants: ['leaving-stops-the-container'],
    async run({ run, manager }) {
      const container = await run([{ do: 'print', text: 'ready\n' }, { do: 'hold' }]);
      const stream = manager.logs(container.id, { follow: true });
      for await (const _ of stream) break;
      assert.deepEqual(await stream.ended, { reason: 'left' });
      assert.equal((await container.inspect()).state.phase, 'running');
    },
  },
  {
    id: 'following/removed',
    title: 'a follower ends when the container is removed under it',
    requirements: ['F46', 'C57', 'H21'],
    uses: ['logs.follow'],
    mutants: ['removal-is-not-told'],
    async run({ run, manager, connect }) {
      const container = await run([{ do: 'print', text: 'ready\n' }, { do: 'hold' }]);
      const stream = manager.logs(container.id, { follow: true });
      const texts: string[] = [];
      for await (const { text } of stream) {
        texts.push(text);
        await connect().remove(container.id);
      }
      assert.deepEqual(texts, ['ready']);
      assert.ok(['removed', 'exited'].includes((await stream.ended).reason), (await stream.ended).reason);
    },
  },
];

/** Reads both streams; `afterEach` may take its time. */
async function follow(
  source: AsyncIterable<LogChunk>,
  afterEach: () => Promise<void>,
): Promise<{ readonly stdout: Buffer; readonly stderr: Buffer }> {
  const parts: Record<LogSource, Uint8Array[]> = { stdout: [], stderr: [] };
  for await (const { stream, bytes } of source) {
    parts[stream].push(bytes);
    await afterEach();
  }
  return { stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr) };
}

function pauseOnce({ pause }: CaseContext): () => Promise<void> {
  let paused = false;
  return async () => {
    if (!paused) {
      paused = true;
      await pause(4);
    }
  };
}

function assertSame(what: string, got: Buffer, expected: Buffer): void {
  if (got.equals(expected)) return;
  const length = Math.min(got.length, expected.length);
  let at = 0;
  while (at < length && got[at] === expected[at]) at += 1;
  assert.fail(
    `${what}: ${got.length} bytes instead of ${expected.length}, different from byte ${at} on: ${JSON.stringify(got.subarray(at, at + 60).toString())}`,
  );
}
