import type { BackendImages } from '../backend/backend.ts';
import { FairleadError } from '../errors.ts';
import { shortenRegistryName } from '../image/registry-name.ts';
import type { MemoryEngine } from './memory-engine.ts';
import type { MemoryImage } from './memory-program.ts';

/**
 * The images of an in-memory engine. What it loads is JSON: `name`, under which the image is found afterwards,
 * `program`, the reference of the program that stands for it, and the labels that it gets.
 */
export function memoryImages(engine: MemoryEngine): BackendImages {
  return {
    async ensure(image) {
      engine.image(image);
      return { id: shortenRegistryName(image.format === 'registry' ? image.name : image.path) };
    },
    async find(name) {
      const id = shortenRegistryName(name);
      const found = engine.images.get(id);
      return found === undefined ? undefined : { id, labels: found.config?.labels ?? {} };
    },
    async load(stream, { signal }) {
      const pieces: Uint8Array[] = [];
      for await (const piece of stream) {
        signal.throwIfAborted();
        pieces.push(piece);
      }
      const { name, program, labels } = parse(Buffer.concat(pieces).toString());
      const image = engine.image({ format: 'registry', name: program });
      engine.images.set(shortenRegistryName(name), labelled(image, labels));
      engine.loads.push(shortenRegistryName(name));
    },
    async remove(name) {
      const id = shortenRegistryName(name);
      if ([...engine.containers.values()].some(({ plan }) => plan.ensured.id === id)) throw inUse(name);
      engine.images.delete(id);
    },
  };
}

function labelled(image: MemoryImage, labels: Readonly<Record<string, string>>): MemoryImage {
  return { ...image, config: { ...image.config, labels: { ...image.config?.labels, ...labels } } };
}

interface Loaded {
  readonly name: string;
  readonly program: string;
  readonly labels: Readonly<Record<string, string>>;
}

function parse(text: string): Loaded {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'name' in value && 'program' in value) {
    const { name, program } = value;
    const labels = 'labels' in value && typeof value.labels === 'object' ? Object.entries(value.labels ?? {}) : [];
    const told = labels.map(([key, label]): [string, string] => [key, String(label)]);
    if (typeof name === 'string' && typeof program === 'string')
      return { name, program, labels: Object.fromEntries(told) };
  }
  throw new FairleadError({
    code: 'CORRUPT_IMAGE',
    operation: 'load',
    message: 'this is no image of the in-memory engine',
  });
}

function inUse(name: string): FairleadError {
  return new FairleadError({
    code: 'IN_USE',
    operation: 'images.remove',
    message: `a container uses the image ${JSON.stringify(name)}`,
    details: { image: name },
  });
}
