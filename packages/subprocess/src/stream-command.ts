import type { Readable } from 'node:stream';
import type { CommandChunk, CommandExit, CommandOptions } from './command.ts';
import { startProcess, type StartedProcess } from './start-process.ts';
import { TailBuffer } from './tail-buffer.ts';

/** A command that writes much or long. */
export interface CommandStream {
  /**
   * What it writes, byte for byte, stdout and stderr apart. It must be read, once; a reader that pauses makes the
   * command wait. Leaving the loop ends the command.
   */
  readonly output: AsyncIterable<CommandChunk>;
  /** How it ended, once the output has been read. */
  exit(): Promise<CommandExit>;
}

/**
 * Starts a program whose output is given as it comes.
 * @throws FairleadError `UNAVAILABLE`, from `output` and `exit`, when it cannot be started
 */
export async function streamCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandStream> {
  const child = await startProcess(file, args, options);
  const tail = new TailBuffer();
  return {
    output: readOutput(child, tail),
    exit: async () => ({ ...(await child.ended), stderr: tail.text() }),
  };
}

async function* readOutput(child: StartedProcess, tail: TailBuffer): AsyncGenerator<CommandChunk> {
  try {
    for await (const chunk of readBoth(child.stdout, child.stderr)) {
      if (chunk.stream === 'stderr') tail.push(chunk.bytes);
      yield chunk;
    }
    await child.ended;
  } finally {
    await child.end();
  }
}

/** One loop over two streams that reads no more than is asked for. Racing their iterators would pile up waiters. */
async function* readBoth(stdout: Readable, stderr: Readable): AsyncGenerator<CommandChunk> {
  let wake: (() => void) | undefined;
  const sources = [
    { stream: 'stdout', readable: stdout },
    { stream: 'stderr', readable: stderr },
  ] as const;
  for (const { readable } of sources) {
    for (const event of ['readable', 'end', 'close']) readable.on(event, () => wake?.());
    // A stream that breaks off closes too; `ended` tells why.
    readable.on('error', () => wake?.());
  }
  for (;;) {
    let idle = true;
    for (const { stream, readable } of sources) {
      const bytes: unknown = readable.read();
      if (!(bytes instanceof Uint8Array)) continue;
      idle = false;
      yield { stream, bytes };
    }
    if (!idle) continue;
    if (sources.every(({ readable }) => readable.readableEnded || readable.destroyed)) return;
    // Nothing can happen between the look above and this promise, so no wake is missed.
    await new Promise<void>((resolve) => (wake = resolve));
  }
}
