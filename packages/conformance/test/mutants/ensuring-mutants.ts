import type { Backend, BackendImages } from '@fairlead/core/backend';
import type { MemoryEngine } from '@fairlead/core/testing';
import type { Mutant } from './mutant.ts';

export const ensuringMutants: readonly Mutant[] = [
  changedImages(
    'ensuring-always-loads',
    'the engine is found to have nothing but what was loaded just now',
    (images) => {
      let loaded = false;
      return {
        async find(name, call) {
          const found = loaded ? await images.find?.(name, call) : undefined;
          loaded = false;
          return found;
        },
        async load(stream, call) {
          await images.load?.(stream, call);
          loaded = true;
        },
      };
    },
  ),
  changedImages('waiters-convert-too', 'who has waited does not ask the engine again', (images) => {
    const asked = new Map<string, number>();
    return {
      async find(name, call) {
        const times = (asked.get(name) ?? 0) + 1;
        asked.set(name, times);
        return times === 2 ? undefined : images.find?.(name, call);
      },
    };
  }),
  changedImages('half-loads-are-found', 'what was loaded half-way counts as loaded', (images, engine) => ({
    async load(stream, call) {
      const pieces = stream[Symbol.asyncIterator]();
      const first = await pieces.next();
      await images.load?.(pieceOf(first.value), call);
      engine.loads.pop();
      for (let next = first; next.done !== true;) next = await pieces.next();
      call.signal.throwIfAborted();
      await images.load?.(pieceOf(first.value), call);
    },
  })),
  changedImages('names-are-trusted', 'an image is known by its name alone', (images) => {
    const labels = new Map<string, Readonly<Record<string, string>>>();
    return {
      async find(name, call) {
        const found = await images.find?.(name, call);
        if (found === undefined) return undefined;
        if (!labels.has(name)) labels.set(name, found.labels);
        return { ...found, labels: { ...found.labels, ...labels.get(name) } };
      },
    };
  }),
  changedImages('aborted-loads-stay', 'a load that was aborted too late is not taken back', () => ({
    remove: () => Promise.resolve(),
  })),
];

function changedImages(
  id: string,
  breaks: string,
  change: (images: BackendImages, engine: MemoryEngine) => Partial<BackendImages>,
): Mutant {
  const backend = (given: Backend, engine: MemoryEngine): Backend => ({
    ...given,
    images: { ...given.images, ...change(given.images, engine) },
  });
  return { id, breaks, fault: () => ({ backend }) };
}

async function* pieceOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
