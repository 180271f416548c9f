// A toy engine that knows nothing of Fairlead: its images are functions of this process. your-own-backend.ts is the
// backend for it.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:os';

/** An image: a function that gives the exit code. A signal without a handler ends it. */
export type FunctionImage = (io: FunctionIo) => Promise<number>;

/** What a function sees. */
export interface FunctionIo {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly handlers: Map<string, () => void>;
  write(stream: 'stdout' | 'stderr', text: string): void;
}

/** What a run of a function is made of. */
export interface FunctionSpec {
  readonly name: string;
  readonly image: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A run of a function. */
export class FunctionRun extends EventTarget {
  readonly id: string = randomBytes(32).toString('hex');
  readonly createdAt: string = new Date().toISOString();
  readonly spec: FunctionSpec;
  readonly output: { readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array }[] = [];
  readonly #handlers: Map<string, () => void> = new Map();
  readonly times: { startedAt?: string; finishedAt?: string } = {};
  #code: number | 'running' | undefined;

  constructor(spec: FunctionSpec) {
    super();
    this.spec = spec;
  }

  /** Its exit code, `running`, or undefined before its start. */
  get code(): number | 'running' | undefined {
    return this.#code;
  }

  start(image: FunctionImage): void {
    this.#code = 'running';
    this.times.startedAt = new Date().toISOString();
    const { argv, env } = this.spec;
    const write: FunctionIo['write'] = (stream, text) => {
      if (this.#code === 'running') this.output.push({ stream, bytes: Buffer.from(text) });
      this.#change();
    };
    void image({ argv, env, write, handlers: this.#handlers }).then(
      (code) => this.#end(code),
      () => this.#end(1),
    );
  }

  /** Delivers a signal by name. */
  deliver(signal: string): void {
    const handle = signal === 'SIGKILL' ? undefined : this.#handlers.get(signal);
    const numbers: Readonly<Record<string, number>> = constants.signals;
    if (handle === undefined) this.#end(128 + (numbers[signal] ?? 9));
    else handle();
  }

  /** Resolves when there is more output, or when it has ended. */
  async changed(signal: AbortSignal): Promise<void> {
    await once(this, 'change', { signal });
  }

  #end(code: number): void {
    if (this.#code !== 'running') return;
    this.#code = code;
    this.times.finishedAt = new Date().toISOString();
    this.#change();
  }

  #change(): void {
    this.dispatchEvent(new Event('change'));
  }
}

/** The engine: images by name, and runs by id. */
export class FunctionEngine {
  readonly id: string = randomBytes(16).toString('hex');
  readonly images: Map<string, FunctionImage> = new Map();
  readonly runs: Map<string, FunctionRun> = new Map();

  /** The run of exactly this id or name. */
  find(idOrName: string): FunctionRun | undefined {
    return this.runs.get(idOrName) ?? [...this.runs.values()].find(({ spec }) => spec.name === idOrName);
  }
}
