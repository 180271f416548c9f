import type { LogChunk } from '@fairlead/core';
import { changedOptions, changedReads, changedStreams } from './changed-output.ts';
import type { Mutant } from './mutant.ts';

export const logMutants: readonly Mutant[] = [
  changedReads('stderr-reversed', 'stderr is read from its end', async function* (chunks, { follow }) {
    const late: LogChunk[] = [];
    for await (const chunk of chunks) {
      if (follow || chunk.stream === 'stdout') yield chunk;
      else late.unshift(chunk);
    }
    yield* late;
  }),
  changedReads(
    'strangers-miss-the-last-words',
    'who did not start a container does not get its last words',
    async function* (chunks, { follow }, { mine }) {
      const held: LogChunk[] = [];
      for await (const chunk of chunks) {
        if (follow || mine) yield chunk;
        else held.push(chunk);
      }
      yield* held.length > 1 ? held.slice(0, -1) : held;
    },
  ),
  changedStreams('reads-promise-completeness', 'a read of a running container says that it has ended', (options, end) =>
    options.follow === true ? end : { reason: 'exited' },
  ),
  changedReads('lines-cut-at-16k', 'a long line becomes several', async function* (chunks) {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.bytes.length; at += 16_384) {
        yield { ...chunk, bytes: chunk.bytes.subarray(at, at + 16_384) };
        if (at + 16_384 < chunk.bytes.length) yield { ...chunk, bytes: Buffer.from('\n') };
      }
    }
  }),
  changedReads('returns-are-newlines', 'carriage returns become newlines', async function* (chunks) {
    for await (const chunk of chunks) yield { ...chunk, bytes: chunk.bytes.map((byte) => (byte === 13 ? 10 : byte)) };
  }),
  changedOptions('tail-is-one-short', 'tail gives one line less', ({ tail, follow, ...options }) => ({
    ...options,
    follow,
    tail: tail !== undefined && tail > 0 && follow !== true ? tail - 1 : tail,
  })),
  {
    id: 'since-starts-a-second-early',
    breaks: 'since is cut to whole seconds, and one more',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        logs: (id, request, call) =>
          backend.logs(id, { ...request, since: request.since && new Date(request.since.getTime() - 2000) }, call),
      }),
    }),
  },
  changedReads(
    'times-are-of-reading',
    'a line has the time at which it is read',
    async function* (chunks, { timestamps }) {
      for await (const chunk of chunks) yield timestamps ? { ...chunk, time: new Date().toISOString() } : chunk;
    },
  ),
  changedOptions('negative-tail-is-all', 'an impossible tail is taken for none', ({ tail, ...options }) => ({
    ...options,
    tail: (tail ?? 0) < 0 ? undefined : tail,
  })),
];

export const followingMutants: readonly Mutant[] = [
  changedStreams('followers-do-not-know-the-end', 'a follower whose container has ended does not say so', (_, end) =>
    end.reason === 'exited' ? { reason: 'end-of-tail' } : end,
  ),
  changedReads('burst-has-holes', 'what comes fast is not whole', async function* (chunks, { follow }) {
    let count = 0;
    for await (const chunk of chunks) {
      count += chunk.bytes.length;
      if (!follow || count < 60_000 || chunk.bytes.length < 1000) yield chunk;
      else yield { ...chunk, bytes: chunk.bytes.subarray(0, -100) };
    }
  }),
  changedReads(
    'followers-of-the-ended-get-nothing',
    'there is nothing to follow after the end',
    async function* (chunks, { follow }, { mine, container }) {
      if (follow && !mine && container.state.phase === 'exited' && container.pod === undefined) return;
      yield* chunks;
    },
  ),
  changedOptions('tail-is-lost-when-following', 'a follower begins at the beginning', ({ tail, ...options }) => ({
    ...options,
    tail: options.follow === true ? undefined : tail,
  })),
  changedStreams('leaving-stops-the-container', 'who leaves takes the container along', (_, end, container) => {
    if (end.reason === 'left') container?.deliver('SIGKILL');
    return end;
  }),
  changedStreams('removal-is-not-told', 'a follower does not say that its container is gone', (_, end) =>
    end.reason === 'removed' ? { reason: 'end-of-tail' } : end,
  ),
];
