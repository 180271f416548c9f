import type {
  Container,
  ContainerManager,
  ContainerRef,
  ExitStatus,
  LogEnd,
  Progress,
  ProgressCall,
  RunSpec,
} from '@fairlead/core';
import type { ManagerOptions } from '@fairlead/core/backend';
import { gather } from '../gather.ts';
import { dispatch, type Handlers } from '../workload/dispatch.ts';

/** Whose session another process is to be. */
export interface SessionOptions {
  readonly owner: string;
  readonly signal: AbortSignal;
  /** How it opens its manager, beyond how the target does. */
  readonly manager?: Pick<ManagerOptions, 'mount' | 'stateFolder'> | undefined;
}

/** Another process that uses the library. */
export interface OtherSession {
  /** Does a task there. Rejects if the process ends before it is done. */
  perform(task: SessionTask): Promise<SessionResult>;
  /** Ends the process with SIGKILL: nothing in it can clean up. Resolves when it is gone. */
  kill(): Promise<void>;
}

/** What another process can be asked to do. */
export type SessionTask =
  | ({ readonly do: 'run'; readonly spec: RunSpec } & Death)
  | ({ readonly do: 'create'; readonly spec: RunSpec } & Death)
  | { readonly do: 'complete'; readonly spec: RunSpec }
  | { readonly do: 'detach'; readonly spec: RunSpec }
  | { readonly do: 'wait'; readonly id: string }
  | { readonly do: 'follow'; readonly id: string }
  | ({ readonly do: 'remove'; readonly id: string } & Pick<Death, 'dieAfterMs'>)
  | { readonly do: 'list' }
  | { readonly do: 'volume'; readonly name: string }
  | { readonly do: 'play'; readonly yaml: string }
  /** With `stopAt` the process stops in that phase, as SIGSTOP does it, after it has told what came before. */
  | { readonly do: 'ensure'; readonly image: string; readonly stopAt?: Progress['phase'] | undefined };

/** When a process dies by its own hand, so that it is always the same moment. */
export interface Death {
  /** As soon as it hears of this phase. Default: never. */
  readonly dieAt?: Progress['phase'] | undefined;
  /** So many milliseconds later, when what the phase announces is under way. Default 0: before it begins. */
  readonly dieAfterMs?: number | undefined;
}

/** What a task gave. */
export interface SessionResult {
  readonly id?: string | undefined;
  readonly ref?: ContainerRef | undefined;
  readonly exit?: ExitStatus | undefined;
  readonly text?: string | undefined;
  readonly end?: LogEnd['reason'] | undefined;
  readonly ids?: readonly string[] | undefined;
  /** What a call told of its progress, each phase once. */
  readonly phases?: readonly Progress['phase'][] | undefined;
}

/** What a task can do to its own process. */
export interface OwnProcess {
  /** Ends it at once. */
  die(): void;
  /** Tells the task's result, and stops; nothing goes on, nothing is cleaned up, and it is not dead. */
  stop(result: SessionResult): void;
}

/** Does a task with a manager. */
export function performTask(manager: ContainerManager, task: SessionTask, own: OwnProcess): Promise<SessionResult> {
  const { die } = own;
  const tasks: Handlers<SessionTask, Promise<SessionResult>> = {
    run: (given) => manager.run(given.spec, dying(given, die)).then(toResult),
    create: (given) => manager.create(given.spec, dying(given, die)).then(toResult),
    complete: async ({ spec }) => {
      const { exit, stdout } = await manager.runToCompletion(spec);
      return { exit, text: stdout };
    },
    detach: async ({ spec }) => {
      const ref = await (await manager.run(spec)).detach();
      return { id: ref.id, ref };
    },
    wait: async ({ id }) => ({ exit: await manager.wait(id) }),
    follow: ({ id }) => follow(manager, id),
    async remove({ id, dieAfterMs }) {
      const removing = manager.remove(id);
      if (dieAfterMs !== undefined) setTimeout(die, dieAfterMs);
      await removing;
      return {};
    },
    list: async () => ({ ids: (await gather(manager.list())).map(({ id }) => id) }),
    volume: async ({ name }) => ({ id: (await manager.createVolume({ name })).name }),
    play: async ({ yaml }) => ({ id: (await manager.playKube({ yaml })).id }),
    ensure: (given) => ensure(manager, given, own),
  };
  return dispatch(tasks, task);
}

function dying({ dieAt, dieAfterMs = 0 }: Death, die: () => void): ProgressCall {
  return {
    onProgress: ({ phase }) => {
      if (phase !== dieAt) return;
      if (dieAfterMs === 0) die();
      else setTimeout(die, dieAfterMs);
    },
  };
}

async function ensure(
  manager: ContainerManager,
  { image, stopAt }: Extract<SessionTask, { readonly do: 'ensure' }>,
  { stop }: OwnProcess,
): Promise<SessionResult> {
  const phases = new Set<Progress['phase']>();
  const onProgress = ({ phase }: Progress): void => {
    phases.add(phase);
    if (phase === stopAt) stop({ phases: [...phases] });
  };
  const { id } = await manager.images.ensure(image, { onProgress });
  return { id, phases: [...phases] };
}

function toResult({ id, ref }: Container): SessionResult {
  return { id, ref };
}

async function follow(manager: ContainerManager, id: string): Promise<SessionResult> {
  const stream = manager.logs(id, { follow: true });
  const lines = await gather(stream);
  return { text: lines.map(({ text }) => `${text}\n`).join(''), end: (await stream.ended).reason };
}
