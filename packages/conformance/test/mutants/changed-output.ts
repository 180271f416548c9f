import type { LogChunk, LogEnd, LogLine, LogOptions, LogStream } from '@fairlead/core';
import type { BackendLogRequest } from '@fairlead/core/backend';
import type { MemoryContainer } from '@fairlead/core/testing';
import { changedManager, type Mutant } from './mutant.ts';

/** Who reads, and what. */
interface Reading {
  /** Whether this manager created the container. */
  readonly mine: boolean;
  readonly container: MemoryContainer;
}

type Change = (
  chunks: AsyncIterable<LogChunk>,
  request: BackendLogRequest,
  reading: Reading,
) => AsyncIterable<LogChunk>;

/** A mutant that reads other output than there is. */
export function changedReads(id: string, breaks: string, change: Change): Mutant {
  return {
    id,
    breaks,
    fault: () => ({
      backend: (backend, engine) => {
        const created = new Set<string>();
        return {
          ...backend,
          create: async (plan, call) => {
            const made = await backend.create(plan, call);
            created.add(made);
            return made;
          },
          logs: (container, request, call) => {
            const reading = { mine: created.has(container), container: engine.container(container) };
            return change(backend.logs(container, request, call), request, reading);
          },
        };
      },
    }),
  };
}

type ChangeEnd = (options: LogOptions, end: LogEnd, container: MemoryContainer | undefined) => LogEnd;

/** A mutant whose streams, as a manager gives them, tell another end. */
export function changedStreams(id: string, breaks: string, change: ChangeEnd): Mutant {
  return changedManager(id, breaks, (manager, engine) => {
    const tell = <T>(stream: LogStream<T>, container: string, options: LogOptions): LogStream<T> => ({
      ...stream,
      [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
      ended: stream.ended.then((end) => change(options, end, engine.containers.get(container))),
    });
    function logs(container: string, options?: LogOptions & { readonly as?: 'lines' | undefined }): LogStream<LogLine>;
    function logs(container: string, options: LogOptions & { readonly as: 'chunks' }): LogStream<LogChunk>;
    function logs(container: string, options: LogOptions = {}): LogStream<LogLine> | LogStream<LogChunk> {
      if (options.as === 'chunks')
        return tell(manager.logs(container, { ...options, as: 'chunks' }), container, options);
      return tell(manager.logs(container, { ...options, as: 'lines' }), container, options);
    }
    return { ...manager, logs };
  });
}

/** A mutant whose manager reads with other options than it was given. */
export function changedOptions(id: string, breaks: string, change: (options: LogOptions) => LogOptions): Mutant {
  return changedManager(id, breaks, (manager) => {
    function logs(container: string, options?: LogOptions & { readonly as?: 'lines' | undefined }): LogStream<LogLine>;
    function logs(container: string, options: LogOptions & { readonly as: 'chunks' }): LogStream<LogChunk>;
    function logs(container: string, options: LogOptions = {}): LogStream<LogLine> | LogStream<LogChunk> {
      if (options.as === 'chunks') return manager.logs(container, { ...change(options), as: 'chunks' });
      return manager.logs(container, { ...change(options), as: 'lines' });
    }
    return { ...manager, logs };
  });
}

/** A stream with other items. */
export function changedStream<T>(
  stream: LogStream<T>,
  change: (items: AsyncIterable<T>) => AsyncIterable<T>,
): LogStream<T> {
  const items = change(stream);
  return {
    ended: stream.ended,
    [Symbol.asyncIterator]: () => items[Symbol.asyncIterator](),
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}
