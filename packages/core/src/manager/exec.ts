import type { BackendExec } from '../backend/backend.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import { LineAssembler } from '../backend/lines.ts';
import { FairleadError } from '../errors.ts';
import type { ExecOptions, ExecProcess, ExecResult } from '../exec.ts';
import type { LogEnd, LogLine } from '../logs.ts';
import type { SupportKey } from '../support.ts';
import { openScope, type CallScope } from './call-scope.ts';
import { collect } from './collect.ts';
import { find, type ManagerContext } from './context.ts';
import { requireOpen } from './disposed.ts';
import { parseExec } from './exec-schema.ts';
import { requireSupported, undeclared, unsupportedError } from './guard.ts';
import { openLogStream } from './log-stream.ts';
import { requireOwned } from './ownership.ts';

/** What to run where. */
export interface ExecOf {
  readonly id: string;
  readonly command: readonly string[];
}

/**
 * Runs a command inside a running container.
 * @throws FairleadError `INVALID_SPEC`, `UNSUPPORTED`, `CONTAINER_NOT_FOUND`, `NOT_OWNED`, `CONFLICT` if it does not run
 */
export async function startExec(
  context: ManagerContext,
  { id, command }: ExecOf,
  options: ExecOptions = {},
): Promise<ExecProcess> {
  const scope = openScope(options, 'exec');
  try {
    scope.signal.throwIfAborted();
    requireOpen(context, 'exec');
    return toProcess(await start(context, { id, command, options }, scope), scope);
  } catch (error) {
    scope[Symbol.dispose]();
    scope.signal.throwIfAborted();
    throw error;
  }
}

async function start(
  context: ManagerContext,
  { id, command, options }: ExecOf & { readonly options: ExecOptions },
  call: BackendCall,
): Promise<BackendExec> {
  const request = parseExec(command, options);
  await requireExecSupport(context, options, call);
  const { backend } = context;
  if (backend.exec === undefined) throw unsupportedError(context.name, [{ key: 'exec', reason: 'it has no exec' }]);
  const found = await find(context, id, call);
  requireOwned(context, { what: `container ${found.name}`, labels: found.labels, foreign: 'never' });
  return backend.exec(found.id, request, { signal: call.signal });
}

function toProcess(started: BackendExec, scope: CallScope): ExecProcess {
  const code = Promise.withResolvers<number>();
  // Who does not ask for the code need not hear why there is none.
  code.promise.catch(() => undefined);
  scope.signal.addEventListener('abort', () => code.reject(scope.signal.reason), { once: true });
  const lines = openLogStream(() => execLines(started, code.resolve), { signal: scope.signal });
  let over = false;
  const end = (): void => {
    over = true;
    scope[Symbol.dispose]();
  };
  const leave = (how: LogEnd): void => {
    if (how.reason === 'interrupted') code.reject(how.error);
    // Who leaves the lines leaves the command: nobody could read its end any more.
    if (!over && how.reason !== 'exited') scope.abort(leftEarly());
    end();
  };
  void lines.ended.then(leave);
  return {
    lines,
    result() {
      const result = readResult(started, scope).finally(end);
      result.then((whole) => code.resolve(whole.code), code.reject);
      return result;
    },
    exit: () => code.promise,
    async [Symbol.asyncDispose]() {
      // What has ended by itself is not to be killed.
      if (!over) scope.abort(leftEarly());
      await lines[Symbol.asyncDispose]();
    },
  };
}

async function readResult(started: BackendExec, scope: CallScope): Promise<ExecResult> {
  try {
    const output = await collect(started.output);
    return { code: await started.exit(), ...output };
  } catch (error) {
    scope.signal.throwIfAborted();
    throw error;
  }
}

async function* execLines(
  started: BackendExec,
  tellCode: (code: number) => void,
): AsyncGenerator<LogLine, LogEnd, undefined> {
  const assembler = new LineAssembler();
  for await (const chunk of started.output) yield* assembler.push(chunk);
  yield* assembler.end();
  tellCode(await started.exit());
  return { reason: 'exited' };
}

function leftEarly(): FairleadError {
  return new FairleadError({
    code: 'CONFLICT',
    operation: 'exec',
    message: 'the command was left before its end, and has no code',
    hint: 'Read its lines to their end first.',
  });
}

async function requireExecSupport(context: ManagerContext, options: ExecOptions, call: BackendCall): Promise<void> {
  const keys: SupportKey[] = ['exec'];
  if (options.env !== undefined) keys.push('exec.env');
  if (options.workdir !== undefined) keys.push('exec.workdir');
  if (options.user !== undefined) keys.push('exec.user');
  const { supports } = await context.probes.usable(call);
  requireSupported(context.name, undeclared(keys, supports));
}
