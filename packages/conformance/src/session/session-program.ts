// The program of a child session: it opens a target and does tasks, one line of JSON each, until its input ends.
import { createInterface } from 'node:readline';
import type { Target } from '../target.ts';
import { performTask, type SessionOptions, type SessionResult, type SessionTask } from './session.ts';

// `childSession` is the only one who starts this program.
const {
  module,
  name,
  owner,
  manager: more,
} = JSON.parse(process.argv[2] ?? '{}') as {
  readonly module: string;
  readonly name: string;
  readonly owner: string;
  readonly manager?: SessionOptions['manager'];
};
const opened: unknown = await import(module);
const manager = (await openTarget(opened)).connect({ ...more, owner });
const die = (): void => void process.kill(process.pid, 'SIGKILL');
const stopAfter = (number: number, result: SessionResult): void => {
  // What is written to a pipe is out when the call returns.
  say({ number, result });
  process.kill(process.pid, 'SIGSTOP');
};

for await (const line of createInterface({ input: process.stdin })) {
  // As above.
  const { number, task } = JSON.parse(line) as { readonly number: number; readonly task: SessionTask };
  // Not awaited: a second task may come while the first is under way.
  void performTask(manager, task, { die, stop: (result) => stopAfter(number, result) }).then(
    (result) => say({ number, result }),
    (error: unknown) => say({ number, error: error instanceof Error ? error.message : String(error) }),
  );
}
await manager[Symbol.asyncDispose]();

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function openTarget(imported: unknown): Promise<Target> {
  if (
    typeof imported === 'object' &&
    imported !== null &&
    'openTarget' in imported &&
    typeof imported.openTarget === 'function'
  ) {
    // What a module's `openTarget` gives is the contract of `TargetModule`.
    return imported.openTarget(name) as Promise<Target>;
  }
  throw new Error(`${module} exports no function openTarget`);
}
