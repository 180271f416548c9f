import { readChildren, readInnerPids, readProcess, type ProcessStat } from '@fairlead/subprocess/supervisor';
import type { Supervisor } from './container-state.ts';

/** The processes of a running container. */
export interface Parts {
  /** The engine's own process outside: passes SIGTERM on (C179). */
  readonly parent: ProcessStat;
  /** PID 1 inside: its end ends everything (C180). */
  readonly init: ProcessStat;
  /** The container's command, once it runs. */
  readonly command: ProcessStat | undefined;
}

/** What the engine calls its PID 1 once the command has been started: not before, and not where it could not be. */
const initNames = new Set(['appinit', 'sinit']);

/**
 * Finds the parts below a supervisor by parentage and namespaces, because names differ between products: PID 1
 * inside is the first process below that sees itself as 1, in a cage below the cage's own.
 */
export function findParts(supervisor: Supervisor, mode: 'cage' | 'sweep'): Parts | undefined {
  const root = readProcess(supervisor.pid);
  if (root?.startTime !== supervisor.startTime) return undefined;
  const depth = readInnerPids(root.pid).length + (mode === 'cage' ? 2 : 1);
  let level: readonly ProcessStat[] = [root];
  while (level.length > 0) {
    const below = level.flatMap((parent) => readChildren(parent.pid).map((process) => ({ parent, process })));
    const found = below.find(({ process }) => isFirst(process.pid, depth));
    if (found !== undefined) return { parent: found.parent, init: found.process, command: findCommand(found.process) };
    level = below.map(({ process }) => process);
  }
  return undefined;
}

function isFirst(pid: number, depth: number): boolean {
  const pids = readInnerPids(pid);
  return pids.length === depth && pids.at(-1) === 1;
}

/** The command is the first child that PID 1 made; orphans that it adopts have higher numbers. */
function findCommand(init: ProcessStat): ProcessStat | undefined {
  if (!initNames.has(init.name)) return undefined;
  const children = readChildren(init.pid).map((process) => ({
    process,
    inner: readInnerPids(process.pid).at(-1) ?? 0,
  }));
  return children.toSorted((a, b) => a.inner - b.inner)[0]?.process;
}
