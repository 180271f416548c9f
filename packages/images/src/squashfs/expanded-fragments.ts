import { expandBlock, type ExpandContext } from './expanded-block.ts';
import type { Fragments } from './fragments.ts';

/** Gives `work` the expanded fragment of that number, whose memory is not its own. @throws FairleadError `CORRUPT_IMAGE` */
export type UseFragment = <T>(index: number, work: (bytes: Uint8Array) => T) => Promise<T>;

/** Tails are packed in the order in which files are walked, so few blocks are in use at a time. */
const keptBytes = 2_097_152;
const leastKept = 4;

interface Kept {
  readonly bytes: Promise<Uint8Array>;
  /** Of those who wait for it. */
  users: number;
}

/** Keeps the fragments used last: without that, each would be expanded once for every file that ends in it. */
export function expandedFragments(context: ExpandContext, fragments: Fragments): UseFragment {
  const { codec, blockSize } = context;
  const most = Math.max(leastKept, keptBytes / blockSize);
  const all = new Map<number, Kept>();
  const expand = async (index: number): Promise<Uint8Array> => expandBlock(context, await fragments.locate(index));
  const drop = (index: number, { bytes, users }: Kept): void => {
    all.delete(index);
    if (users > 0) return;
    bytes.then(
      (expanded) => codec.release(expanded, blockSize),
      () => undefined,
    );
  };
  const load = (index: number): Kept => {
    if (all.size >= most) for (const [oldest, kept] of all) if (all.size >= most) drop(oldest, kept);
    return { bytes: expand(index), users: 0 };
  };
  return async (index, work) => {
    const kept = all.get(index) ?? load(index);
    // The one used last stands last.
    all.delete(index);
    all.set(index, kept);
    kept.users += 1;
    try {
      return work(await kept.bytes);
    } catch (error) {
      if (all.get(index) === kept) all.delete(index);
      throw error;
    } finally {
      kept.users -= 1;
    }
  };
}
