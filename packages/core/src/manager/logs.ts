import type { BackendCall } from '../backend/backend-call.ts';
import { LineAssembler } from '../backend/lines.ts';
import type { Container } from '../container.ts';
import type { LogChunk, LogEnd, LogLine, LogOptions, LogStream } from '../logs.ts';
import type { SupportKey } from '../support.ts';
import type { ContainerManager } from '../manager.ts';
import { find, type ManagerContext } from './context.ts';
import { requireOpen } from './disposed.ts';
import { follow, read, type Followed, type Given } from './follow.ts';
import { requireSupported, undeclared } from './guard.ts';
import { parseLogOptions } from './log-options.ts';
import { openLogStream } from './log-stream.ts';
import { Tail } from './tail.ts';

/** Tells the full id of the container whose output is wanted, when the stream is first read. */
export type IdOf = (call: BackendCall) => Promise<string>;

/** `logs` of a container: lines, or bytes if they are asked for. */
export function logsOf(context: ManagerContext, idOf: IdOf): Container['logs'] {
  async function* chunksOf(options: LogOptions, call: BackendCall): Chunks {
    return yield* chunks(context, { id: await idOf(call) }, options, call);
  }
  function logs(options?: LogOptions & { readonly as?: 'lines' | undefined }): LogStream<LogLine>;
  function logs(options: LogOptions & { readonly as: 'chunks' }): LogStream<LogChunk>;
  function logs(options: LogOptions = {}): LogStream<LogLine> | LogStream<LogChunk> {
    if (options.as === 'chunks') return openLogStream((call) => chunksOf(options, call), options);
    return openLogStream((call) => toLines(chunksOf(options, call)), options);
  }
  return logs;
}

/** `logs` of a manager, by id or name. */
export function managerLogs(context: ManagerContext): ContainerManager['logs'] {
  function logs(id: string, options?: LogOptions & { readonly as?: 'lines' | undefined }): LogStream<LogLine>;
  function logs(id: string, options: LogOptions & { readonly as: 'chunks' }): LogStream<LogChunk>;
  function logs(id: string, options: LogOptions = {}): LogStream<LogLine> | LogStream<LogChunk> {
    const { as = 'lines', ...rest } = options;
    const ofContainer = logsOf(context, async (call) => (await find(context, id, call)).id);
    return as === 'chunks' ? ofContainer({ ...rest, as }) : ofContainer({ ...rest, as });
  }
  return logs;
}

/** Bytes of a container, and then why there are no more. */
export type Chunks = AsyncGenerator<LogChunk, LogEnd, undefined>;

/** The output of a container as bytes. */
export async function* chunks(
  context: ManagerContext,
  { id, isOver }: Pick<Followed, 'id' | 'isOver'>,
  options: LogOptions,
  call: BackendCall,
): Chunks {
  requireOpen(context, 'logs');
  const request = parseLogOptions(options);
  const given: Given = { stdout: 0, stderr: 0 };
  const leave = context.readers.enter(id);
  try {
    await requireLogSupport(context, options, call);
    if (request.tail !== undefined) {
      const tail = new Tail(request.tail);
      for await (const chunk of read(context, { id, request, follows: false, given }, call)) tail.push(chunk);
      yield* tail.take();
    } else if (!request.follow) {
      yield* read(context, { id, request, follows: false, given }, call);
    }
    if (!request.follow) return { reason: 'end-of-tail' };
    return yield* follow(context, { id, request, given, isOver }, call);
  } finally {
    leave();
  }
}

/** The same as lines. */
export async function* toLines(source: Chunks): AsyncGenerator<LogLine, LogEnd, undefined> {
  const assembler = new LineAssembler();
  try {
    for (;;) {
      const { done, value } = await source.next();
      if (done === true) {
        yield* assembler.end();
        return value;
      }
      yield* assembler.push(value);
    }
  } finally {
    // Only then does a reader who leaves free the engine's side.
    await source.return({ reason: 'left' });
  }
}

async function requireLogSupport(context: ManagerContext, options: LogOptions, call: BackendCall): Promise<void> {
  const keys: SupportKey[] = [];
  if (options.follow === true) keys.push('logs.follow');
  if (options.tail !== undefined) keys.push('logs.tail');
  if (options.since !== undefined) keys.push('logs.since');
  if (options.timestamps === true) keys.push('logs.timestamps');
  if (keys.length === 0) return;
  const { supports } = await context.probes.usable(call);
  requireSupported(context.name, undeclared(keys, supports));
}
