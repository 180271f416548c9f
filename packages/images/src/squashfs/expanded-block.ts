import type { Codec } from './codec.ts';
import type { StoredBlock } from './file-blocks.ts';
import type { Region } from './region.ts';

/** What expanding takes. */
export interface ExpandContext {
  readonly region: Region;
  readonly codec: Codec;
  readonly blockSize: number;
}

/** A stored block, expanded into memory that is its reader's until it is released. @throws FairleadError `CORRUPT_IMAGE` */
export function expandBlock(
  context: ExpandContext,
  { position, stored, compressed }: StoredBlock,
): Promise<Uint8Array> {
  const { region, codec, blockSize } = context;
  if (!compressed) return region.read(position, stored);
  return region.use(position, stored, (bytes) => {
    try {
      return codec.expand(bytes, blockSize);
    } catch (cause) {
      throw region.corrupt('squashfs block', position, 'it cannot be expanded: it is damaged', cause);
    }
  });
}

/** What `work` makes of an expanded block, whose memory is given back behind it. @throws FairleadError `CORRUPT_IMAGE` */
export async function useExpanded<T>(
  context: ExpandContext,
  stored: StoredBlock,
  work: (bytes: Uint8Array) => T,
): Promise<T> {
  if (!stored.compressed) return context.region.use(stored.position, stored.stored, work);
  const bytes = await expandBlock(context, stored);
  try {
    return work(bytes);
  } finally {
    context.codec.release(bytes, context.blockSize);
  }
}
