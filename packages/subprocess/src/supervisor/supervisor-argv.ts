import { innerScript, outerScript, sweepScript } from './supervisor-scripts.ts';

/**
 * How what an engine leaves behind is ended: by the kernel, together with the namespaces of the supervisor (`cage`),
 * or by the supervisor itself, which looks for it (`sweep`).
 */
export type SupervisionMode = 'cage' | 'sweep';

/** The programs that a supervisor is made of, as absolute paths (S3). */
export interface SupervisorTools {
  readonly shell: string;
  /** Undefined: there is none, so no cage. */
  readonly unshare: string | undefined;
}

/** What to supervise. */
export interface Supervision {
  /** The container's folder, absolute. */
  readonly folder: string;
  readonly mode: SupervisionMode;
  /** Whether the caller is root: its cage needs no user namespace (S19). */
  readonly root: boolean;
  readonly tools: SupervisorTools;
  /** Of the engine and what it runs, for example `022`. */
  readonly umask: string;
  /** The engine's command, its first element an absolute path. */
  readonly command: readonly string[];
}

/** The command line of a supervisor, to be spawned detached with nothing open but 0-2. */
export function supervisorArgv(supervision: Supervision): readonly [string, ...string[]] {
  const { folder, mode, root, tools, umask, command } = supervision;
  const script = mode === 'cage' ? innerScript : innerScript + sweepScript;
  const inner = [tools.shell, '-c', script, 'fl', umask, '/dev/null', ...command];
  const caged = mode === 'cage' ? [...cageArgv(tools, root), ...inner] : inner;
  return [tools.shell, '-c', outerScript, 'fl', folder, ...caged];
}

/** A command line that runs another one as supervisors do, without a folder: to try it. */
export function trialArgv(
  options: Pick<Supervision, 'mode' | 'root' | 'tools'>,
  command: readonly string[],
): readonly [string, ...string[]] {
  // The shell in between is what dies with the cage; without it a kill would leave the engine running (S1).
  const inner: [string, ...string[]] = [options.tools.shell, '-c', '"$@"; exit $?', 'fl', ...command];
  if (options.mode === 'sweep') return inner;
  const [first, ...rest] = cageArgv(options.tools, options.root);
  return [first, ...rest, ...inner];
}

/** The command that makes a cage: namespaces of its own, whose PID 1 is what follows. */
function cageArgv(tools: SupervisorTools, root: boolean): readonly [string, ...string[]] {
  if (tools.unshare === undefined) throw new Error('a cage needs the program unshare');
  const user = root ? [] : ['--user', '--map-current-user'];
  return [tools.unshare, ...user, '--pid', '--fork', '--kill-child', '--mount-proc'];
}
