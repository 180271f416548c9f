import type { SharedInput } from './shared-input.ts';
import { SourceThread } from './source-thread.ts';
import type { ThreadRequest } from './thread-messages.ts';

/** Threads that read one input. Disposing ends them all, so that none reads a file that has been closed. */
export interface Threads extends AsyncDisposable {
  /**
   * The chunks that answer a request; what it comes to is returned at the end. Undefined where there can be no
   * threads. @throws what the thread threw, or the signal's reason
   */
  ask<T>(request: ThreadRequest): Promise<AsyncGenerator<Uint8Array, T, void> | undefined>;
}

/** No thread is started before one is asked for. */
export function threadsOf(
  input: SharedInput,
  { path, signal }: { readonly path: string; readonly signal: AbortSignal },
): Threads {
  const all = new Set<SourceThread>();
  let idle: SourceThread | undefined;
  const take = async (): Promise<SourceThread | undefined> => {
    const kept = idle;
    idle = undefined;
    if (kept !== undefined && !kept.ended) return kept;
    const thread = started(input, path);
    if (thread === undefined) return undefined;
    all.add(thread);
    if (await thread.start()) return thread;
    all.delete(thread);
    await thread.end();
    return undefined;
  };
  async function* answer<T>(thread: SourceThread, request: ThreadRequest): AsyncGenerator<Uint8Array, T, void> {
    try {
      return yield* thread.ask<T>(request, signal);
    } finally {
      // One is kept for what comes next; a second one was only for two things at a time.
      if (idle === undefined && !thread.ended) idle = thread;
      else {
        all.delete(thread);
        await thread.end();
      }
    }
  }
  return {
    async ask<T>(request: ThreadRequest) {
      const thread = await take();
      return thread === undefined ? undefined : answer<T>(thread, request);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...all].map((thread) => thread.end()));
    },
  };
}

function started(input: SharedInput, path: string): SourceThread | undefined {
  try {
    return new SourceThread({ input, path });
  } catch {
    // The host's permissions forbid threads, or a Blob's kind cannot be shared.
    return undefined;
  }
}

/** What a request without chunks comes to. */
export async function answerOf<T>(asked: AsyncGenerator<Uint8Array, T, void>): Promise<T> {
  for (;;) {
    const step = await asked.next();
    if (step.done === true) return step.value;
  }
}
