import { FairleadError } from '../errors.ts';
import type { ConvertedImage } from '../image/converter.ts';
import { inOwnTime } from './call-scope.ts';
import type { ManagerContext } from './context.ts';
import type { EnsureCall } from './ensure-call.ts';
import { rollbackFailed } from './remove.ts';

/** Time in milliseconds that an engine which has the whole image gets to answer, and then to remove it, after an abort. */
const undoMs = 30_000;

/**
 * Gives a converted image to the engine. An abort before the last byte cuts the stream, and the engine throws away what
 * it has; one after it is undone, because the engine would finish by itself.
 */
export async function giveImage(context: ManagerContext, converted: ConvertedImage, call: EnsureCall): Promise<void> {
  const { images } = context.backend;
  const chunks = converted.stream()[Symbol.asyncIterator]();
  try {
    // What cannot be converted is told by the first chunk, before the engine is asked for anything.
    const first = await chunks.next();
    call.signal.throwIfAborted();
    using cut = cutUntilGiven(call);
    const onLast = (): void => {
      // A converter that did not hear of the abort must not finish what was cut.
      cut.signal.throwIfAborted();
      cut.given();
      call.onProgress({ phase: 'loading', message: converted.name });
    };
    await images.load?.(withLastMarked(first, chunks, onLast), cut).catch((error: unknown) => {
      if (!call.signal.aborted || !cut.isGiven()) throw error;
      throw rollbackFailed(context, leftOf(converted, call, error));
    });
  } finally {
    await chunks.return?.();
  }
  if (call.signal.aborted) await takeBack(context, converted, call);
  call.signal.throwIfAborted();
}

async function takeBack(context: ManagerContext, converted: ConvertedImage, call: EnsureCall): Promise<void> {
  try {
    await inOwnTime(undoMs, async (own) => context.backend.images.remove?.(converted.name, own));
  } catch (error) {
    // Whoever runs it already has found it ready: then it is no leftover.
    if (FairleadError.is(error, 'IN_USE')) return;
    throw rollbackFailed(context, leftOf(converted, call, error));
  }
}

function leftOf(
  { name }: ConvertedImage,
  { signal }: EnsureCall,
  cause: unknown,
): Parameters<typeof rollbackFailed>[1] {
  return { left: `perhaps image ${name}`, id: name, why: signal.reason, cause };
}

interface Cut extends Disposable {
  readonly signal: AbortSignal;
  /** From now on an abort only limits how long the engine may take. */
  given(): void;
  isGiven(): boolean;
}

function cutUntilGiven({ signal }: EnsureCall): Cut {
  const controller = new AbortController();
  let given = false;
  let clock: NodeJS.Timeout | undefined;
  const abort = (): void => {
    if (given) clock = setTimeout(() => controller.abort(signal.reason), undoMs);
    else controller.abort(signal.reason);
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    given: () => void (given = true),
    isGiven: () => given,
    [Symbol.dispose]() {
      clearTimeout(clock);
      signal.removeEventListener('abort', abort);
    },
  };
}

/** The same chunks; tells before it gives the last of them, because an engine that has that one has all it needs. */
async function* withLastMarked(
  first: IteratorResult<Uint8Array>,
  chunks: AsyncIterator<Uint8Array>,
  onLast: () => void,
): AsyncGenerator<Uint8Array> {
  for (let current = first; current.done !== true;) {
    const next = await chunks.next();
    if (next.done === true) onLast();
    yield current.value;
    current = next;
  }
}
