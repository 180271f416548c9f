import type { BackendCall } from '../backend/backend-call.ts';
import type { ExitStatus } from '../container.ts';
import { FairleadError } from '../errors.ts';
import type { LogChunk, LogEnd } from '../logs.ts';
import { sleep } from './call-scope.ts';
import { look, type ManagerContext } from './context.ts';
import type { LogRequest } from './log-options.ts';
import { isAway, whileAway } from './while-away.ts';

/** How often an engine may break off a read before any new byte came, until a follower gives up. */
const mostBreaks = 20;

/** Bytes of each stream that the reader has already. */
export interface Given {
  stdout: number;
  stderr: number;
}

/** What is followed. */
export interface Followed {
  readonly id: string;
  readonly request: LogRequest;
  readonly given: Given;
  /** Whether a container that ended like this is done with, and not about to be started again. */
  readonly isOver?: ((exit: ExitStatus) => boolean) | undefined;
}

/**
 * Follows until inspect says that the container has ended: an end of the stream alone proves nothing (L25). After
 * the engine was away, what was written meanwhile is read before that counts (L28).
 */
export async function* follow(
  context: ManagerContext,
  { id, request, given, isOver = () => true }: Followed,
  call: BackendCall,
): AsyncGenerator<LogChunk, LogEnd, undefined> {
  const start = given.stdout + given.stderr;
  for (let pause = 20, breaks = 0; ; pause = Math.min(pause * 2, 500)) {
    const before = given.stdout + given.stderr;
    const broken = yield* readOnce(context, { id, request, given }, call);
    const now = given.stdout + given.stderr;
    if (broken?.gone === true && now > start) return { reason: 'removed' };
    if (broken !== undefined && (broken.gone || breaks >= mostBreaks)) throw broken.error;
    const { found, away } = await lookBack(context, id, call);
    if (found === undefined) return { reason: 'removed' };
    const whole = broken === undefined && !away;
    if (whole && found.state.phase === 'exited' && isOver(found.state.exit)) return { reason: 'exited' };
    if (now > before) [pause, breaks] = [20, 0];
    if (!whole) breaks += 1;
    await sleep(pause, call.signal);
  }
}

/** One read of the backend; counts what it gives, so that the next one goes on from there. */
export async function* read(
  context: ManagerContext,
  { id, request, given, follows }: Followed & { readonly follows: boolean },
  call: BackendCall,
): AsyncGenerator<LogChunk, void, undefined> {
  const { since, timestamps } = request;
  for await (const chunk of context.backend.logs(
    id,
    { follow: follows, since, timestamps, skip: { ...given } },
    call,
  )) {
    given[chunk.stream] += chunk.bytes.length;
    yield chunk;
  }
}

interface Broken {
  readonly error: unknown;
  /** Whether the container is gone, and not the engine away. */
  readonly gone: boolean;
}

/** Reads to the end of what the engine gives; tells what broke it off, if it can go on all the same. */
async function* readOnce(
  context: ManagerContext,
  followed: Followed,
  call: BackendCall,
): AsyncGenerator<LogChunk, Broken | undefined, undefined> {
  try {
    yield* read(context, { ...followed, follows: true }, call);
    return undefined;
  } catch (error) {
    call.signal.throwIfAborted();
    const gone = FairleadError.is(error, 'CONTAINER_NOT_FOUND');
    if (gone || isAway(error)) return { error, gone };
    throw error;
  }
}

async function lookBack(
  context: ManagerContext,
  id: string,
  call: BackendCall,
): Promise<{ readonly found: Awaited<ReturnType<typeof look>>; readonly away: boolean }> {
  let looks = 0;
  const found = await whileAway(() => {
    looks += 1;
    return look(context, id, call);
  }, call);
  return { found, away: looks > 1 };
}
