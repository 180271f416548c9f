import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * Lends pids of processes that do nothing: to a reader of /proc, their life and death are as provable as those of any
 * other. One shell starts them all, because to fork this process takes longer.
 */
export class StandIns {
  readonly #waiting: ((pid: number) => void)[] = [];
  #shell: ChildProcessWithoutNullStreams | undefined;

  /** The pid of a process that lives until it is killed, or its shell has ended. */
  take(): Promise<number> {
    const shell = (this.#shell ??= this.#start());
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      shell.stdin.write('\n');
    });
  }

  /** Ends those that still live. */
  close(): void {
    this.#shell?.stdin.end();
    this.#shell = undefined;
  }

  #start(): ChildProcessWithoutNullStreams {
    const shell = spawn('sh', ['-c', script]);
    createInterface({ input: shell.stdout }).on('line', (line) => this.#waiting.shift()?.(Number(line)));
    // It must not keep this process; when this process ends, so does its input.
    shell.unref();
    for (const stream of [shell.stdin, shell.stdout, shell.stderr]) unref(stream);
    return shell;
  }
}

const script = `trap 'kill -9 $all 2>/dev/null' EXIT
while read -r _; do sleep 3600 >/dev/null & all="$all $!"; echo $!; done`;

function unref(stream: object): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
}
