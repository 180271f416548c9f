import type { Backend } from '../backend/backend.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError } from '../errors.ts';
import type { Probe, UsableProbe } from '../probe.ts';

/** Asks an engine once and remembers the answer while the engine is usable and the connection holds. */
export class ProbeCache {
  readonly #backend: Backend;
  readonly #name: string;
  #known: UsableProbe | undefined;

  constructor(name: string, backend: Backend) {
    this.#name = name;
    this.#backend = backend;
  }

  async any(call: BackendCall): Promise<Probe> {
    if (this.#known !== undefined) return this.#known;
    const probe = await this.#backend.probe(call);
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
