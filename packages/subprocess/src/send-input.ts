import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CommandInput } from './command.ts';

/** What a command's standard input is to be opened as. */
export function toStdin(input: CommandInput | undefined): 'ignore' | 'pipe' | 3 {
  if (input === undefined) return 'ignore';
  // execa hands any descriptor on to spawn(); only its types stop at 9.
  return 'fd' in input ? (input.fd as 3) : 'pipe';
}

/**
 * Writes a command's input while others read its output (H8). A command that ends or closes its input early is no
 * failure here: its exit code tells. An error of the source ends the command and is given back.
 */
export async function sendInput(
  input: CommandInput | undefined,
  stdin: Writable,
  command: AbortController,
): Promise<{ readonly error: unknown } | undefined> {
  if (input === undefined || 'fd' in input) return undefined;
  let failure: { readonly error: unknown } | undefined;
  const source = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* input instanceof Uint8Array ? [input] : input;
    } catch (error) {
      failure = { error };
      command.abort();
    }
  };
  try {
    await pipeline(Readable.from(source(), { objectMode: false }), stdin);
  } catch {
    // The command no longer reads.
  }
  return failure;
}
