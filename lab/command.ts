import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  /** Whether the command is killed when this process ends, however it ends. Needs util-linux. */
  readonly tied?: boolean;
}

/** Runs a command of the host and returns what it wrote to stdout; rejects with the end of stderr when it fails. */
export function command(argv: readonly [string, ...string[]], options: CommandOptions = {}): Promise<string> {
  const [program, ...rest] = options.tied ? ['setpriv', '--pdeathsig', 'KILL', ...argv] : argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.env && { env: options.env }),
      ...(options.cwd && { cwd: options.cwd }),
      ...(options.signal && { signal: options.signal }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (cause) => {
      if (options.signal?.aborted) return reject(options.signal.reason);
      return reject(new Error(`lab: cannot run ${program}: ${cause.message}`, { cause }));
    });
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(stdout).toString());
      const tail = Buffer.concat(stderr).toString().trim().split('\n').slice(-6).join('\n');
      reject(new Error(`lab: ${argv.join(' ')} ended with ${code ?? signal}:\n${tail}`));
    });
  });
}
