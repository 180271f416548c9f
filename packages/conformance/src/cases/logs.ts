import assert from 'node:assert/strict';
import type { Case } from '../case.ts';
import { isOffered, rejectsWith } from '../expectations.ts';
import { gather } from '../gather.ts';

export const logCases: readonly Case[] = [
  {
    id: 'logs/apart',
    title: 'stdout and stderr are told apart, each in its order',
    requirements: ['F44', 'C42', 'L17'],
    uses: [],
    mutants: ['stderr-reversed'],
    async run({ run, manager }) {
      const container = await run(
        [0, 1, 2, 3, 4].flatMap((n) => [
          { do: 'print', text: `out ${n}\n` } as const,
          { do: 'print', text: `err ${n}\n`, to: 'stderr' } as const,
        ]),
      );
      await container.wait();
      const lines = await gather(manager.logs(container.id));
      const of = (stream: string): readonly string[] =>
        lines.filter((line) => line.stream === stream).map(({ text }) => text);
      assert.deepEqual(
        of('stdout'),
        [0, 1, 2, 3, 4].map((n) => `out ${n}`),
      );
      assert.deepEqual(
        of('stderr'),
        [0, 1, 2, 3, 4].map((n) => `err ${n}`),
      );
    },
  },
  {
    id: 'logs/at-the-end',
    title: 'the log is complete when wait has answered, also for another manager',
    requirements: ['L17', 'L18', 'C54'],
    uses: [],
    tags: ['version'],
    mutants: ['strangers-miss-the-last-words'],
    async run({ run, connect }) {
      const container = await run([
        { do: 'print', text: 'first\n' },
        { do: 'pause', seconds: 0.3 },
        { do: 'print', text: 'last words\n' },
      ]);
      await container.wait();
      const lines = await gather(connect().logs(container.id));
      assert.deepEqual(
        lines.map(({ text }) => text),
        ['first', 'last words'],
      );
    },
  },
  {
    id: 'logs/while-running',
    title: 'a read without follow gives what is there and ends, while the container runs on',
    requirements: ['L8', 'L10', 'F43'],
    uses: [],
    mutants: ['reads-promise-completeness'],
    async run({ run, until, manager }) {
      const container = await run([{ do: 'print', text: 'so far\n' }, { do: 'hold' }]);
      const lines = await until(async () => {
        const there = await gather(container.logs());
        return there.length > 0 ? there : undefined;
      });
      assert.deepEqual(
        lines.map(({ text }) => text),
        ['so far'],
      );
      const stream = manager.logs(container.id);
      await gather(stream);
      assert.equal((await stream.ended).reason, 'end-of-tail');
      assert.equal((await container.inspect()).state.phase, 'running');
    },
  },
  {
    id: 'logs/partial',
    title: 'a last line without newline is partial, characters stay whole, and long lines stay one',
    requirements: ['C43', 'C44', 'C50', 'C51', 'L9', 'F45'],
    uses: [],
    mutants: ['lines-cut-at-16k'],
    async run({ run }) {
      const long = '☃ü'.repeat(20_000);
      const container = await run([
        { do: 'print', text: `${long}\n` },
        { do: 'print', text: 'half ' },
        { do: 'print', text: 'a line' },
      ]);
      await container.wait();
      const lines = await gather(container.logs());
      assert.deepEqual(
        lines.map(({ text }) => text.length),
        [long.length, 11],
      );
      assert.deepEqual(
        lines.map(({ text }) => text),
        [long, 'half a line'],
      );
      assert.deepEqual(
        lines.map(({ partial }) => partial ?? false),
        [false, true],
      );
    },
  },
  {
    id: 'logs/chunks',
    title: 'as chunks, output comes byte for byte: empty lines, returns, tabs, no newline at the end',
    requirements: ['C46', 'C51', 'F44'],
    uses: [],
    mutants: ['returns-are-newlines'],
    async run({ run }) {
      const text = '\n\n\tindented  \r\nprogress 1%\rprogress 2%\r\u001b[31mred\u001b[0m ☃\n\n end';
      const container = await run([
        { do: 'print', text },
        { do: 'print', text: 'other', to: 'stderr' },
      ]);
      await container.wait();
      const chunks = await gather(container.logs({ as: 'chunks' }));
      const of = (stream: string): string =>
        Buffer.concat(chunks.filter((chunk) => chunk.stream === stream).map(({ bytes }) => bytes)).toString();
      assert.deepEqual([of('stdout'), of('stderr')], [text, 'other']);
    },
  },
  {
    id: 'logs/tail',
    title: 'tail gives the last lines, and 0 gives none',
    requirements: ['F43', 'C49'],
    uses: ['logs.tail'],
    proves: 'logs.tail',
    mutants: ['tail-is-one-short'],
    async run({ run, manager }) {
      const container = await run([
        { do: 'print', text: 'one\ntwo\nthree\n' },
        { do: 'print', text: 'four\n' },
      ]);
      await container.wait();
      const last = async (tail: number): Promise<readonly string[]> =>
        (await gather(manager.logs(container.id, { tail }))).map(({ text }) => text);
      assert.deepEqual(await last(2), ['three', 'four']);
      assert.deepEqual(await last(0), []);
      assert.deepEqual(await last(100), ['one', 'two', 'three', 'four']);
    },
  },
  {
    id: 'logs/since',
    title: 'since leaves out what was written before, and repeats nothing',
    requirements: ['F43', 'H23', 'L11', 'C47'],
    uses: ['logs.since'],
    proves: 'logs.since',
    tags: ['version'],
    mutants: ['since-starts-a-second-early'],
    async run({ run, pause, until, supports }) {
      const container = await run([
        { do: 'print', text: 'early\n' },
        {
          do: 'on-signal',
          signal: 'SIGUSR1',
          steps: [
            { do: 'print', text: 'late\n' },
            { do: 'exit', code: 0 },
          ],
        },
        { do: 'hold' },
      ]);
      await until(async () => (await gather(container.logs())).find(({ text }) => text === 'early'));
      await pause(0.5);
      const since = new Date();
      await pause(0.2);
      await container.kill('SIGUSR1');
      await container.wait();
      assert.deepEqual(
        (await gather(container.logs({ since }))).map(({ text }) => text),
        ['late'],
      );
      const follow = isOffered(supports, 'logs.follow');
      assert.deepEqual(
        (await gather(container.logs({ since: since.toISOString(), follow }))).map(({ text }) => text),
        ['late'],
      );
      assert.deepEqual(await gather(container.logs({ since: new Date(Date.now() + 3_600_000) })), []);
    },
  },
  {
    id: 'logs/timestamps',
    title: 'timestamps tell when a line was written, not when it was read',
    requirements: ['F43', 'C45', 'C48', 'L11'],
    uses: ['logs.timestamps'],
    proves: 'logs.timestamps',
    mutants: ['times-are-of-reading'],
    async run({ run, pause }) {
      const before = Date.now();
      const container = await run([
        { do: 'print', text: 'first\n' },
        { do: 'pause', seconds: 1.2 },
        { do: 'print', text: 'second\n' },
      ]);
      await container.wait();
      const lines = await gather(container.logs({ timestamps: true }));
      const [first = Number.NaN, second = Number.NaN] = lines.map(({ time }) => Date.parse(time ?? ''));
      assert.deepEqual(
        lines.map(({ text }) => text),
        ['first', 'second'],
      );
      // Some engines tell whole seconds only.
      assert.ok(first >= before - 1000 && second <= Date.now() + 1000, lines.map(({ time }) => time).join(' '));
      assert.ok(second > first, 'the second line came later');
      await pause(1);
      const again = await gather(container.logs({ timestamps: true }));
      for (const { time } of again)
        if (time !== undefined) assert.ok(Date.parse(time) <= second, 'a later read tells the same times, or none');
    },
  },
  {
    id: 'logs/options',
    title: 'impossible options and unknown containers are refused',
    requirements: ['F4', 'C25'],
    uses: [],
    mutants: ['negative-tail-is-all'],
    async run({ run, manager }) {
      const container = await run([]);
      await rejectsWith(gather(manager.logs(container.id, { tail: -1 })), 'INVALID_SPEC', 'tail');
      await rejectsWith(gather(container.logs({ since: 'yesterday' })), 'INVALID_SPEC', 'since');
      await rejectsWith(gather(manager.logs('0'.repeat(64))), 'CONTAINER_NOT_FOUND');
    },
  },
];
