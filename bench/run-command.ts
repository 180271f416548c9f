import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a command to its end and gives its stdout without the last newline. */
export async function runCommand(argv: readonly string[], options: { readonly cwd?: string } = {}): Promise<string> {
  const [file = '', ...args] = argv;
  const { stdout } = await run(file, args, options);
  return stdout.trimEnd();
}
