/** Wakes one sleeper early: at a ring, at the end of all, or when its signal is aborted. */
export class Wake {
  readonly #signal: AbortSignal;
  #rung = false;
  #ended = false;
  #wake: (() => void) | undefined;

  /** Aborting the signal ends every sleep with its reason. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake?.(), { once: true });
  }

  /** Forgets what was told before. */
  arm(): void {
    this.#rung = false;
    this.#ended = false;
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Sleeps for so many milliseconds, or until the end. */
  rest(milliseconds: number): Promise<void> {
    return this.#sleep(milliseconds, () => this.#ended);
  }

  /** Sleeps until a ring or the end, and for so many milliseconds at most; tells whether there was a ring. */
  async patience(milliseconds: number): Promise<boolean> {
    await this.#sleep(milliseconds, () => this.#rung || this.#ended);
    return this.#rung;
  }

  async #sleep(milliseconds: number, awake: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = () => {
      if (awake() || this.#signal.aborted) resolve();
    };
    const timer = setTimeout(resolve, milliseconds);
    this.#wake();
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
    this.#signal.throwIfAborted();
  }
}
