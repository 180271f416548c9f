import { randomBytes } from 'node:crypto';
import { sleep } from '../manager/call-scope.ts';
import type { BackendCall } from './backend-call.ts';

/** How long killing a cancelled command may take, in milliseconds. */
const killMs = 10_000;
/** How long a start that was cut off may still take until the command runs, in milliseconds. */
const beginMs = 2_000;

/** A variable by which a command of exec and its children are found inside their container. */
export interface ExecMark {
  readonly name: string;
  readonly value: string;
  /** The command that kills what carries it; to be run in the same container by the same user. */
  readonly killer: readonly string[];
}

/** Makes a mark that nothing else carries. Engines have no request that ends what an exec has started. */
export function createExecMark(): ExecMark {
  const name = 'FAIRLEAD_EXEC';
  const value = randomBytes(16).toString('hex');
  return { name, value, killer: ['/bin/sh', '-c', killScript, 'sh', `${name}=${value}`] };
}

/**
 * Children may be made while it looks, so it looks until it finds nothing, five times at most. It carries no mark
 * itself. As the same user, because root in a container may not look into the environments of others.
 */
const killScript = `
for round in 1 2 3 4 5; do
  found=
  for file in /proc/[0-9]*/environ; do
    case "$(cat "$file" 2>/dev/null)" in
      *"$1"*) pid="\${file#/proc/}"; kill -KILL "\${pid%/environ}" && found=1 ;;
    esac
  done
  [ -z "$found" ] && exit 0
done`;

/** Kills a command when its call is cancelled. */
export interface ExecKiller {
  /** Waits until that has been tried, if the call is cancelled. */
  done(): Promise<void>;
}

/** Arms a killer. @param kill runs once, with time of its own; if it fails, for lack of a shell, the command goes on */
export function killOnAbort({ signal }: BackendCall, kill: (call: BackendCall) => Promise<void>): ExecKiller {
  let killing: Promise<void> | undefined;
  const start = (): void => {
    killing ??= kill({ signal: AbortSignal.timeout(killMs) }).catch(() => undefined);
  };
  signal.addEventListener('abort', start, { once: true });
  return {
    async done() {
      if (signal.aborted) start();
      await killing;
    },
  };
}

/**
 * Waits up to 2 s until a command runs whose start was cut off: the engine may have the request already.
 * @param look what the engine tells now; `unknown` if it may not have begun
 * @returns false if it has ended, or has not begun
 */
export async function comesToRun(
  look: () => Promise<'running' | 'ended' | 'unknown'>,
  { signal }: BackendCall,
): Promise<boolean> {
  const until = performance.now() + beginMs;
  for (let pause = 10; ; pause = Math.min(pause * 2, 200)) {
    const seen = await look();
    if (seen !== 'unknown' || performance.now() >= until) return seen === 'running';
    await sleep(pause, signal);
  }
}

/** What a probe tells of it. */
export const execKillNote: string =
  'A cancelled exec is killed through a shell in the container; in an image without one it goes on until it ends.';
