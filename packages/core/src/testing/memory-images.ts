import type { BackendImages } from '../backend/backend.ts';
import { FairleadError } from '../errors.ts';
import { shortenRegistryName } from '../image/registry-name.ts';
import type { MemoryEngine } from './memory-engine.ts';

/**
 * The images of an in-memory engine. What it loads is JSON: `name`, under which the image is found afterwards, and
 * `program`, the reference of the program that stands for it.
 */
export function memoryImages(engine: MemoryEngine): BackendImages {
  return {
    async ensure(image) {
      engine.image(image);
      return { id: shortenRegistryName(image.format === 'registry' ? image.name : image.path) };
    },
    async find(name) {
      return engine.images.has(shortenRegistryName(name)) ? { id: shortenRegistryName(name) } : undefined;
    },
    async load(stream, { signal }) {
      const pieces: Uint8Array[] = [];
      for await (const piece of stream) {
        signal.throwIfAborted();
        pieces.push(piece);
      }
      const { name, program } = parse(Buffer.concat(pieces).toString());
      engine.images.set(shortenRegistryName(name), engine.image({ format: 'registry', name: program }));
    },
  };
}

function parse(text: string): { readonly name: string; readonly program: string } {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'name' in value && 'program' in value) {
    const { name, program } = value;
    if (typeof name === 'string' && typeof program === 'string') return { name, program };
  }
  throw new FairleadError({
    code: 'CORRUPT_IMAGE',
    operation: 'load',
    message: 'this is no image of the in-memory engine',
  });
}
