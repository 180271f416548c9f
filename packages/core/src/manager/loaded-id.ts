import { createHash } from 'node:crypto';
import type { BackendCall } from '../backend/backend-call.ts';
import type { ConverterRecords } from '../image/converter.ts';
import type { FoundImage } from '../image/image.ts';
import type { ManagerContext } from './context.ts';

/**
 * The id that this engine gave an image when it was loaded. Some make a manifest of their own of an archive and name the
 * image by its digest, which nothing in the file tells beforehand.
 */
export interface LoadedId {
  /** Whether that is the id of this image. */
  is(found: FoundImage): Promise<boolean>;
  /** What cannot be kept costs one more load. */
  remember(loaded: FoundImage): Promise<void>;
}

/** That of an image of this name in this manager's engine. */
export function loadedId(
  { probes }: Pick<ManagerContext, 'probes'>,
  { name, records }: { readonly name: string; readonly records: ConverterRecords },
  call: BackendCall,
): LoadedId {
  const record = async (): Promise<string> => `loaded-${imageKey((await probes.usable(call)).engineId, name)}`;
  return {
    async is({ id }) {
      const told = await records.read(await record());
      return typeof told === 'object' && told !== null && 'id' in told && told.id === id;
    },
    remember: async ({ id }) => records.write(await record(), { v: 1, id }),
  };
}

/** Tells the image of one engine from all others, as a part of the name of a file. */
export function imageKey(engineId: string, name: string): string {
  return createHash('sha256').update(`${engineId} ${name}`).digest('hex').slice(0, 40);
}
