import type { BackendPlayContainer, BackendPlayInfo } from '../backend/backend-kube.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError } from '../errors.ts';
import type { PlayLogOptions } from '../kube.ts';
import type { LogEnd, LogLine, LogStream } from '../logs.ts';
import type { ManagerContext } from './context.ts';
import { requireOpen } from './disposed.ts';
import { requireKnown } from './known-options.ts';
import { isLastExit } from './kube-wait.ts';
import { chunks, toLines } from './logs.ts';
import { openLogStream } from './log-stream.ts';
import { mergeStreams } from './merge-streams.ts';

type Lines = AsyncGenerator<LogLine, LogEnd, undefined>;

/** The lines of all containers of a play as they come, each with its container: one stream per container (K55–K57). */
export function playLogs(
  context: ManagerContext,
  play: BackendPlayInfo,
  options: PlayLogOptions = {},
): LogStream<LogLine> {
  const each = play.containers.map(
    (container) =>
      (call: BackendCall): Lines =>
        named(container, toLines(chunks(context, { id: container.id, isOver: isLastExit(container) }, options, call))),
  );
  async function* lines(call: BackendCall): Lines {
    requireOpen(context, 'kube.logs');
    requireKnown('kube.logs', options, ['follow', 'tail', 'since', 'timestamps']);
    return yield* mergeStreams(each, call);
  }
  return openLogStream(lines, options);
}

async function* named({ name }: BackendPlayContainer, source: Lines): Lines {
  try {
    for (;;) {
      const { done, value } = await source.next();
      if (done === true) return value;
      yield { ...value, container: name };
    }
  } catch (error) {
    // One container that was removed does not end the others' lines.
    if (FairleadError.is(error, 'CONTAINER_NOT_FOUND')) return { reason: 'removed' };
    throw error;
  } finally {
    await source.return({ reason: 'left' });
  }
}
