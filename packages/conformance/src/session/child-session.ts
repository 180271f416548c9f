import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { OtherSession, SessionOptions, SessionResult, SessionTask } from './session.ts';

/** Where a child process finds the target again. */
export interface TargetModule {
  /** URL of a module that exports `openTarget(name): Promise<Target>`. */
  readonly module: string;
  readonly name: string;
}

/** A child process of this one that opens the target anew and does tasks. */
export async function childSession(
  target: TargetModule,
  { owner, signal, manager }: SessionOptions,
): Promise<OtherSession> {
  const program = new URL(`session-program${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
  const child = spawn(
    process.execPath,
    [...process.execArgv, program.pathname, JSON.stringify({ ...target, owner, manager })],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  const waiting = new Map<number, PromiseWithResolvers<SessionResult>>();
  createInterface({ input: child.stdout }).on('line', (line) => settle(waiting, line));
  child.once('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the other process ended before its task was done'));
    waiting.clear();
  });
  let count = 0;
  return {
    perform(task: SessionTask) {
      const result = Promise.withResolvers<SessionResult>();
      waiting.set((count += 1), result);
      child.stdin.on('error', () => undefined).write(`${JSON.stringify({ number: count, task })}\n`);
      return result.promise;
    },
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function settle(waiting: Map<number, PromiseWithResolvers<SessionResult>>, line: string): void {
  // The session program writes nothing else to its stdout.
  const said = JSON.parse(line) as {
    readonly number: number;
    readonly result?: SessionResult;
    readonly error?: string;
  };
  const result = waiting.get(said.number);
  waiting.delete(said.number);
  if (said.result !== undefined) result?.resolve(said.result);
  else result?.reject(new Error(`in the other process: ${said.error ?? 'no word'}`));
}
