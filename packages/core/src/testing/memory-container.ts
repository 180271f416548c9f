import { constants } from 'node:os';
import type { BackendContainer } from '../backend/backend.ts';
import type { ContainerState, ExitStatus } from '../container.ts';
import type { CreatePlan } from '../plan.ts';
import type { MemoryImage, ProgramContext, ProgramOutput } from './memory-program.ts';
import { MemoryLog } from './memory-log.ts';
import type { ProgramFiles } from './program-files.ts';

/** What a container of the in-memory engine is made of. */
export interface MemoryContainerParts {
  readonly id: string;
  readonly plan: CreatePlan;
  readonly image: MemoryImage;
  readonly files: ProgramFiles;
  /** The pod that it belongs to, if it was played. */
  readonly pod?: string | undefined;
}

/** A container of the in-memory engine. */
export class MemoryContainer {
  readonly id: string;
  readonly plan: CreatePlan;
  readonly pod: string | undefined;
  readonly log: MemoryLog = new MemoryLog();
  readonly createdAt: string = new Date().toISOString();
  readonly argv: readonly string[];
  readonly #image: MemoryImage;
  readonly #files: ProgramFiles;
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #killed: AbortController = new AbortController();
  readonly #handlers: Map<string, () => void> = new Map();
  #state: ContainerState = { phase: 'created', rawState: 'created', attempt: 0 };
  #startedAt: string | undefined;

  constructor({ id, plan, image, files, pod }: MemoryContainerParts) {
    this.id = id;
    this.plan = plan;
    this.pod = pod;
    this.#image = image;
    this.#files = files;
    this.argv = argvOf(plan, image);
  }

  get state(): ContainerState {
    return this.#state;
  }

  get running(): boolean {
    return this.#state.phase === 'running';
  }

  /** Resolves when it has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get signal(): AbortSignal {
    return this.#killed.signal;
  }

  start(): void {
    this.#startedAt = new Date().toISOString();
    this.#state = { phase: 'running', rawState: 'running', attempt: 1 };
    void this.run(this.argv, this.#context()).then((code) => this.#end(code));
  }

  /** Runs the image's program, in the container's main run or beside it. */
  async run(argv: readonly string[], context: Omit<ProgramContext, 'argv'>): Promise<number> {
    try {
      return (await this.#image.run({ ...context, argv })) ?? 0;
    } catch (error) {
      context.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    }
  }

  /** What a command beside the main program sees. */
  besides(options: {
    readonly env: Readonly<Record<string, string>>;
    readonly workdir: string | undefined;
    readonly user: string | undefined;
    /** Aborted when the command alone is killed. */
    readonly signal: AbortSignal;
    readonly stdout: ProgramOutput;
    readonly stderr: ProgramOutput;
  }): Omit<ProgramContext, 'argv'> {
    const own = this.#context();
    const { stdout, stderr } = options;
    const env = { ...own.env, ...options.env };
    return {
      ...own,
      env,
      workdir: options.workdir ?? own.workdir,
      user: options.user ?? own.user,
      stdout,
      stderr,
      signal: AbortSignal.any([own.signal, options.signal]),
      on: () => undefined,
    };
  }

  /** Whether this command exists in the image. */
  knows(command: string | undefined): boolean {
    const { commands } = this.#image;
    return command !== undefined && (commands === undefined || commands.includes(command));
  }

  /** Delivers a signal to the program. */
  deliver(signal: string): void {
    if (!this.running) return;
    const handler = signal === 'SIGKILL' ? undefined : this.#handlers.get(signal);
    if (handler !== undefined) handler();
    else if (!harmless.has(signal)) this.#end(128 + numberOf(signal));
  }

  /** The signal that `stop` sends first. */
  get stopSignal(): string {
    return this.plan.stopSignal ?? this.#image.config?.stopSignal ?? 'SIGTERM';
  }

  record(): BackendContainer {
    const { plan, id, createdAt } = this;
    const labels = { ...this.#image.config?.labels, ...plan.labels };
    return {
      id,
      name: plan.name,
      image: plan.ensured.id,
      createdAt,
      labels,
      user: this.#user(),
      state: this.#state,
    };
  }

  #context(): Omit<ProgramContext, 'argv'> {
    const { plan, log } = this;
    const config = this.#image.config;
    return {
      env: { ...config?.env, ...plan.env },
      workdir: plan.workdir ?? config?.workdir ?? '/',
      user: this.#user(),
      hostname: plan.name,
      network: plan.network.mode,
      resources: plan.resources,
      files: this.#files,
      stdout: { write: (data) => log.write('stdout', data) },
      stderr: { write: (data) => log.write('stderr', data) },
      signal: this.#killed.signal,
      on: (signal, handler) => void this.#handlers.set(signal, handler),
    };
  }

  #user(): string {
    return this.plan.user ?? this.#image.config?.user ?? '0';
  }

  #end(code: number): void {
    if (!this.running) return;
    const times = { attempt: 1, startedAt: this.#startedAt, finishedAt: new Date().toISOString() };
    const exit: ExitStatus = code === 0 ? { ...times, reason: 'ok', code } : { ...times, reason: 'error', code };
    this.#state = { phase: 'exited', rawState: 'exited', attempt: 1, exit };
    this.log.close();
    this.#killed.abort(new Error('the container has ended'));
    this.#ended.resolve();
  }
}

const harmless: ReadonlySet<string> = new Set(['SIGCHLD', 'SIGCONT', 'SIGURG', 'SIGWINCH']);

function numberOf(signal: string): number {
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return numbers[signal] ?? 9;
}

function argvOf(plan: CreatePlan, { config }: MemoryImage): readonly string[] {
  const entrypoint = plan.entrypoint ?? config?.entrypoint ?? [];
  const command = plan.command ?? (plan.entrypoint === undefined ? (config?.command ?? []) : []);
  return [...entrypoint, ...command];
}
