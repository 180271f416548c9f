import type { Readable } from 'node:stream';
import { FairleadError } from '@fairlead/core';
import { redactArgv } from './argv.ts';
import type { CommandExit, CommandOptions } from './command.ts';
import { startProcess } from './start-process.ts';
import { TailBuffer } from './tail-buffer.ts';

/** How to run a short command. */
export interface RunCommandOptions extends CommandOptions {
  /** More output than this ends the command. Default 64 MiB. */
  readonly maxOutputBytes?: number | undefined;
}

/** What a command gave. */
export interface CommandResult extends CommandExit {
  readonly stdout: Buffer;
}

const defaultMaximum = 64 * 1024 * 1024;

/**
 * Runs a program to its end and gives its output. An exit code other than 0 is a result: what it means depends on
 * the command (C157).
 * @throws FairleadError `UNAVAILABLE` when it cannot be started, `ENGINE_FAILURE` when it writes too much
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: RunCommandOptions,
): Promise<CommandResult> {
  const child = await startProcess(file, args, options);
  const maximum = options.maxOutputBytes ?? defaultMaximum;
  const tail = new TailBuffer();
  const stderr = drainInto(child.stderr, tail);
  const stdout = await collect(child.stdout, maximum);
  if (stdout === undefined) {
    await child.end();
    throw tooMuch(file, args, maximum);
  }
  const exit = await child.ended;
  await stderr;
  return { ...exit, stdout, stderr: tail.text() };
}

/** Undefined when there is more than `maximum`. A stream that breaks off ends: `ended` tells why. */
async function collect(stream: Readable, maximum: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      length += bytes.length;
      if (length > maximum) return undefined;
      chunks.push(bytes);
    }
  } catch {
    return Buffer.concat(chunks);
  }
  return Buffer.concat(chunks);
}

async function drainInto(stream: Readable, tail: TailBuffer): Promise<void> {
  try {
    for await (const chunk of stream) tail.push(Buffer.from(chunk));
  } catch {
    // It was cut off together with the process; `ended` tells why.
  }
}

function tooMuch(file: string, args: readonly string[], maximum: number): FairleadError {
  return new FairleadError({
    code: 'ENGINE_FAILURE',
    message: `${file} wrote more than ${maximum} bytes`,
    details: { argv: [file, ...redactArgv(args)] },
  });
}
