import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { FairleadError } from '@fairlead/core';
import { receiveError } from './sent-error.ts';
import type { FromThread, ThreadData, ThreadRequest, ToThread } from './thread-messages.ts';

/** Sources are TypeScript and packages JavaScript; no compiler rewrites a name inside a URL. */
const extension = extname(import.meta.url);
const program = new URL(`./thread-program${extension}`, import.meta.url);
const condition = '--conditions=@fairlead/source';

/**
 * The options of Node that differ from the process's own: a file cannot be run with `--input-type`, which comes with
 * `--eval`; and whoever runs the sources without the condition, as a test runner with a resolver of its own, has to give it.
 */
function optionsOfNode(own: readonly string[]): { readonly execArgv?: string[] } {
  const needed = extension === '.ts' ? [condition] : [];
  const fits = !own.some((option) => option.startsWith('--input-type'));
  return fits && needed.every((option) => own.includes(option)) ? {} : { execArgv: needed };
}

/** A thread that does one thing at a time for the one who started it. */
export class SourceThread {
  private readonly worker: Worker;
  private readonly path: string;
  private replies: FromThread[] = [];
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  constructor(data: ThreadData) {
    this.path = data.path;
    this.worker = new Worker(program, {
      workerData: data,
      name: 'fairlead image',
      ...optionsOfNode(process.execArgv),
    });
    this.worker.on('message', (reply: FromThread) => this.receive(reply));
    this.worker.on('error', (cause) => this.fail(cause));
    this.worker.on('exit', () => this.fail(undefined));
  }

  /** False if it cannot work here: the host forbids threads, or a bundle has left its program out. */
  async start(): Promise<boolean> {
    const reply = await this.next().catch(() => undefined);
    this.worker.unref();
    return reply?.kind === 'ready';
  }

  /**
   * The chunks that answer a request; its value is what is returned at the end. Left before that, or cancelled, the
   * thread ends at once. @throws what the thread threw, or the signal's reason
   */
  async *ask<T>(request: ThreadRequest, signal: AbortSignal): AsyncGenerator<Uint8Array, T, void> {
    signal.throwIfAborted();
    let finished = false;
    const abort = (): void => this.wake?.();
    signal.addEventListener('abort', abort);
    this.worker.ref();
    this.post({ kind: 'request', request });
    try {
      for (;;) {
        const reply = await this.next(signal);
        if (reply.kind === 'failed') throw receiveError(reply.error);
        if (reply.kind === 'done') {
          finished = true;
          // The program's own table of requests says what each of them gives.
          return reply.value as T;
        }
        if (reply.kind !== 'chunk') continue;
        yield reply.bytes;
        this.giveBack(reply.bytes, request.kind === 'layer' && request.lent);
      }
    } finally {
      signal.removeEventListener('abort', abort);
      if (finished) this.worker.unref();
      else await this.end();
    }
  }

  /** Ends it, whatever it does. */
  async end(): Promise<void> {
    await this.worker.terminate();
  }

  /** It has ended, and cannot be asked again. */
  get ended(): boolean {
    return this.failure !== undefined;
  }

  private giveBack({ buffer }: Uint8Array<ArrayBuffer>, lent: boolean): void {
    this.post({ kind: 'taken', buffer: lent ? buffer : undefined }, lent ? [buffer] : []);
  }

  private post(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  private receive(reply: FromThread): void {
    this.replies.push(reply);
    this.wake?.();
  }

  private fail(cause: unknown): void {
    this.failure ??= new FairleadError({
      code: 'CONVERSION_FAILED',
      message: `${JSON.stringify(this.path)} cannot be read: the thread that reads it has ended`,
      details: { path: this.path },
      cause,
    });
    this.wake?.();
  }

  private async next(signal?: AbortSignal): Promise<FromThread> {
    for (;;) {
      signal?.throwIfAborted();
      const reply = this.replies.shift();
      if (reply !== undefined) return reply;
      if (this.failure !== undefined) throw this.failure;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.wake = resolve;
      await promise;
    }
  }
}
