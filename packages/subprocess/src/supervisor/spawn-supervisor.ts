import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { open, type FileHandle } from 'node:fs/promises';
import { inheritedDescriptors } from './inherited-descriptors.ts';

/** A supervisor as the process sees it that started it. */
export interface SpawnedSupervisor {
  readonly pid: number;
  /** Undefined while it runs. Other processes learn its end from the folder. */
  exitCode(): number | undefined;
}

/**
 * Starts a supervisor that outlives this process: a session of its own, `/` as its folder, nothing open but 0-2.
 * @throws the operating system's error when it cannot be started
 */
export async function spawnSupervisor(
  argv: readonly [string, ...string[]],
  options: { readonly env: Readonly<Record<string, string>>; readonly errorFile: string },
): Promise<SpawnedSupervisor> {
  await using errors = await open(options.errorFile, 'a', 0o600);
  await using nothing = await open('/dev/null', 'r+');
  const [file, ...args] = argv;
  const stdio = coverInherited(errors, nothing);
  const child = spawn(file, args, { cwd: '/', detached: true, env: options.env, stdio });
  let code: number | undefined;
  child.on('exit', (exitCode) => (code = exitCode ?? -1));
  await once(child, 'spawn');
  child.unref();
  if (child.pid === undefined) throw new Error(`${file} was started without a pid`);
  return { pid: child.pid, exitCode: () => code };
}

/** What this process was started with must not reach the container (S12): it gets /dev/null in its place. */
function coverInherited(errors: FileHandle, nothing: FileHandle): StdioOptions {
  const inherited = new Set(inheritedDescriptors());
  const length = Math.max(3, ...[...inherited].map((fd) => fd + 1));
  const above = Array.from({ length: length - 3 }, (_, index) =>
    inherited.has(index + 3) ? nothing.fd : ('ignore' as const),
  );
  return ['ignore', 'ignore', errors.fd, ...above];
}
