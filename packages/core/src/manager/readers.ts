/** Who reads which container's output in this process: what removes itself waits for them. */
export class Readers {
  readonly #reading: Map<string, Reading> = new Map();

  /** Counts one more reader, until the function that it gives is called. */
  enter(id: string): () => void {
    const reading = this.#reading.get(id) ?? { count: 0, idle: Promise.withResolvers<void>() };
    this.#reading.set(id, reading);
    reading.count += 1;
    return () => {
      reading.count -= 1;
      if (reading.count > 0) return;
      this.#reading.delete(id);
      reading.idle.resolve();
    };
  }

  /** Resolves when nobody reads this container's output. */
  async idle(id: string): Promise<void> {
    for (let reading = this.#reading.get(id); reading !== undefined; reading = this.#reading.get(id)) {
      await reading.idle.promise;
    }
  }
}

interface Reading {
  count: number;
  readonly idle: PromiseWithResolvers<void>;
}
