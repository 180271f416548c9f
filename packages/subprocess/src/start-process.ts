import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { FairleadError } from '@fairlead/core';
import { redactArgv } from './argv.ts';
import type { CommandOptions } from './command.ts';
import { whyNotExecutable } from './not-executable.ts';
import { sendInput, toStdin } from './send-input.ts';

/** A process that runs. Both streams must be read or destroyed, else it does not end. */
export interface StartedProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when it has ended and its streams too; rejects with the abort's reason, or the error of its input. */
  readonly ended: Promise<{ readonly code: number; readonly signal: NodeJS.Signals | undefined }>;
  /** Ends it and its group, as an abort does, and resolves when it is gone. */
  end(): Promise<void>;
}

/** Time between SIGTERM and SIGKILL. */
const graceMilliseconds = 2_000;

/**
 * Starts a program in a process group of its own, without a shell. The group ends when this process ends normally or
 * by a signal that it can see; after `kill -9` of this process the command goes on to its own end.
 */
export async function startProcess(
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<StartedProcess> {
  const { execa } = await import('execa');
  options.signal.throwIfAborted();
  const leaving = new AbortController();
  const child = execa(file, args, processOptions(options, leaving.signal));
  const { stdout, stderr } = child;
  const feed = child.stdin === null ? undefined : sendInput(options.input, child.stdin, leaving);
  const ended = (async () => {
    const [result, fed] = await Promise.all([child, feed]);
    // The leader is gone; what it left of its group goes too, unless it ended by itself.
    if (result.isCanceled) child.kill('SIGKILL');
    options.signal.throwIfAborted();
    if (fed !== undefined) throw fed.error;
    if (result.exitCode === undefined && result.signal === undefined) throw await notStarted(file, args, result);
    return { code: result.exitCode ?? 128 + signalNumber(result.signal), signal: result.signal };
  })();
  // Whoever awaits it is told; nobody has to.
  ended.catch(() => undefined);
  const end = async (): Promise<void> => {
    leaving.abort();
    stdout.destroy();
    stderr.destroy();
    await ended.catch(() => undefined);
  };
  return { stdout, stderr, ended, end };
}

function processOptions(options: CommandOptions, leaving: AbortSignal) {
  return {
    env: dropUndefined(options.env),
    extendEnv: false,
    cwd: options.cwd ?? '/',
    shell: false,
    stdin: toStdin(options.input),
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    encoding: 'buffer',
    reject: false,
    stripFinalNewline: false,
    verbose: 'none',
    killDescendants: true,
    cleanup: true,
    cancelSignal: AbortSignal.any([options.signal, leaving]),
    forceKillAfterDelay: graceMilliseconds,
  } as const;
}

function dropUndefined(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) kept[name] = value;
  return kept;
}

function signalNumber(signal: NodeJS.Signals | undefined): number {
  return signal === undefined ? 0 : constants.signals[signal];
}

async function notStarted(file: string, args: readonly string[], failure: unknown): Promise<FairleadError> {
  const code = failure instanceof Error && 'code' in failure ? String(failure.code) : 'unknown reason';
  const { reason, hint } = await whyNotExecutable(file);
  return new FairleadError({
    code: 'UNAVAILABLE',
    message: `cannot run ${file} (${code}): ${reason}`,
    hint,
    details: { argv: [file, ...redactArgv(args)] },
  });
}
