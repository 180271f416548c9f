import type { Backend } from '../backend/backend.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError } from '../errors.ts';
import type { Probe, UsableProbe } from '../probe.ts';
import type { MountMode } from '../image/mounter.ts';

/** Which engine, and for a manager that mounts image files or does not. */
interface Asked {
  readonly name: string;
  readonly backend: Backend;
  readonly mount: MountMode;
}

/** Asks an engine once and remembers the answer while the engine is usable and the connection holds. */
export class ProbeCache {
  readonly #backend: Backend;
  readonly #name: string;
  readonly #mounts: boolean;
  #known: UsableProbe | undefined;

  constructor({ name, backend, mount }: Asked) {
    this.#name = name;
    this.#backend = backend;
    this.#mounts = mount !== 'never';
  }

  async any(call: BackendCall): Promise<Probe> {
    if (this.#known !== undefined) return this.#known;
    const probe = await this.#backend.probe({ ...call, mounts: this.#mounts });
    if (probe.usable) this.#known = probe;
    return probe;
  }

  /** @throws FairleadError `UNAVAILABLE` */
  async usable(call: BackendCall): Promise<UsableProbe> {
    const probe = await this.any(call);
    if (probe.usable) return probe;
    throw new FairleadError({
      code: 'UNAVAILABLE',
      backend: this.#name,
      message: probe.reason,
      hint: probe.hint,
      retryable: 'yes',
      details: { endpoint: probe.endpoint },
    });
  }

  /** Forgets the answer: after a lost connection another engine may answer, or the same one newer. */
  drop(): void {
    this.#known = undefined;
  }
}
