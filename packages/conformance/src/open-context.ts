import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerManager, Supports } from '@fairlead/core';
import type { CaseContext } from './case.ts';
import type { OtherSession } from './session/session.ts';
import type { Target } from './target.ts';
import { trackManager, type TrackedManager } from './tracked-manager.ts';

/** A context and the end of it. */
export interface OpenContext {
  readonly context: CaseContext;
  /** Ends and removes all that the case started through the context. */
  close(): Promise<void>;
}

/** What a case runs in. */
export interface ContextOptions {
  readonly target: Target;
  readonly supports: Supports;
  readonly caseId: string;
  readonly signal: AbortSignal;
}

/** Makes what a case works with: an owner, a folder and names that no other case has. */
export async function openContext(options: ContextOptions): Promise<OpenContext> {
  const { target, supports, caseId, signal } = options;
  const token = `${caseId.replaceAll(/[^a-z0-9]+/g, '-').slice(0, 30)}-${randomBytes(4).toString('hex')}`;
  const owner = `case-${token}`;
  const folder = join(target.folder, owner);
  await mkdir(folder, { recursive: true });
  const started: Started = { managers: [], sessions: [] };
  const connect: CaseContext['connect'] = (managerOptions) => {
    const tracked = trackManager(() => target.connect({ owner, ...managerOptions }));
    started.managers.push(tracked);
    return tracked.manager;
  };
  const session: CaseContext['session'] = async (manager) => {
    const other = await target.startSession({ owner, signal, manager });
    started.sessions.push(other);
    return other;
  };
  const { pace = 1 } = target;
  const context = {
    target,
    owner,
    supports,
    signal,
    folder,
    connect,
    session,
    ...workloads(options, connect()),
    name: numbered(token.slice(-8)),
    pause: (seconds: number) => sleep(seconds * pace * 1000, undefined, { signal }),
    until: <T>(ask: () => Promise<T | undefined>) => until(ask, { signal, everyMs: 100 * pace }),
  };
  return { context, close: () => close(context, started) };
}

type Workloads = Pick<CaseContext, 'manager' | 'workload' | 'run' | 'finish'>;

/** Where writing into the root is not supported, the root of every workload is read-only. */
function workloads({ target, supports, signal }: ContextOptions, manager: ContainerManager): Workloads {
  const readOnly = supports['rootfs.writable'].kind === 'unsupported' ? { readOnlyRootfs: true } : {};
  const workload: CaseContext['workload'] = (steps, rest) => ({ ...target.workload(steps, rest), ...readOnly });
  return {
    manager,
    workload,
    run: (steps, spec) => manager.run({ ...workload(steps), ...spec }, { signal }),
    finish: (steps, spec) => manager.runToCompletion({ ...workload(steps), ...spec }, { signal }),
  };
}

function numbered(token: string): (hint: string) => string {
  let names = 0;
  return (hint) => `${hint}-${token}-${(names += 1)}`;
}

interface Started {
  readonly managers: TrackedManager[];
  readonly sessions: OtherSession[];
}

async function close({ folder }: CaseContext, { managers, sessions }: Started): Promise<void> {
  await Promise.all(sessions.map((session) => session.kill()));
  const results = await Promise.allSettled(managers.map((tracked) => tracked.cleanUp()));
  await rm(folder, { recursive: true, force: true });
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function until<T>(
  ask: () => Promise<T | undefined>,
  { signal, everyMs }: { readonly signal: AbortSignal; readonly everyMs: number },
): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(everyMs, undefined, { signal });
  }
}
