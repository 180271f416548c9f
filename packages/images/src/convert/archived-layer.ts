import { createHash } from 'node:crypto';
import type { TemporaryOwner } from '@fairlead/core';
import type { KeptLayer, LayerCache } from '../cache/layer-cache.ts';
import type { LayerDraft } from '../cache/layer-draft.ts';
import { packLayer } from '../layer/pack-layer.ts';
import type { SquashfsLayer } from '../layer/squashfs-layer.ts';
import type { Digest } from '../oci/digest.ts';
import type { Source } from '../source.ts';
import { tarHeader, tarPadding } from '../tar/tar-header.ts';

/** A layer that is to become a member of an archive. */
export interface LayerToArchive {
  readonly layer: SquashfsLayer;
  /** What it is made of. */
  readonly source: Source;
  /** Under which the cache knows it. */
  readonly key: Digest;
  readonly cache: LayerCache | undefined;
  readonly owner: TemporaryOwner | undefined;
  readonly onBytes: (bytes: number) => void;
}

/** The member under which the whole layer stands in the archive. */
export interface ArchivedLayer {
  readonly name: string;
  readonly diffId: Digest;
}

/**
 * A layer as members of a tar: from the cache, or converted and kept there on the way. A kept layer shows only at its
 * end that it is damaged; then it stays in the archive as a member that nothing names, and the converted one follows.
 * @throws FairleadError `CORRUPT_IMAGE` if the source was changed meanwhile
 */
export async function* archivedLayer(wanted: LayerToArchive): AsyncGenerator<Uint8Array, ArchivedLayer, void> {
  const { layer, source, key, cache, owner, onBytes } = wanted;
  const { size } = layer;
  await using kept = await cache?.find(key, source.signal);
  const fits = kept?.size === size;
  if (kept !== undefined && fits) {
    yield tarHeader({ name: 'layer.tar', type: 'file', size });
    const diffId = yield* keptBytes(kept, source.signal, onBytes);
    yield tarPadding(size);
    if (diffId?.text === kept.diffId.text) {
      // The key and the configuration were taken of the source before: until here, this was the same file.
      await source.checkUnchanged();
      return { name: 'layer.tar', diffId };
    }
  }
  await kept?.evict();
  const name = fits ? 'converted.tar' : 'layer.tar';
  await using draft = await cache?.draft({ key, size, owner });
  yield tarHeader({ name, type: 'file', size });
  const { diffId } = yield* packLayer(copied(layer, draft), { compression: 'none', onBytes });
  yield tarPadding(size);
  // The same holds for what was converted.
  await source.checkUnchanged();
  await draft?.commit(diffId).catch(() => undefined);
  return { name, diffId };
}

/** As many bytes as the layer has, whatever happens to the file, and their digest; undefined if it could not be read. */
async function* keptBytes(
  kept: KeptLayer,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array, Digest | undefined, void> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of kept.stream()) {
      hash.update(chunk);
      bytes += chunk.length;
      onBytes(bytes);
      yield chunk;
    }
  } catch {
    signal.throwIfAborted();
    for (; bytes < kept.size; bytes += zeros.length) yield zeros.subarray(0, Math.min(zeros.length, kept.size - bytes));
    return undefined;
  }
  const hex = hash.digest('hex');
  return { algorithm: 'sha256', hex, text: `sha256:${hex}` };
}

const zeros = new Uint8Array(65_536);

/** The same layer, which is also written into the draft while it is read, whichever thread hashes it. */
function copied(layer: SquashfsLayer, draft: LayerDraft | undefined): SquashfsLayer {
  if (draft === undefined) return layer;
  const { stream, hashed } = layer;
  return {
    ...layer,
    stream: (options) => copiedChunks(stream(options), draft),
    ...(hashed && { hashed: (options) => copiedChunks(hashed(options), draft) }),
  };
}

async function* copiedChunks<T>(
  chunks: AsyncGenerator<Uint8Array, T, void>,
  draft: LayerDraft,
): AsyncGenerator<Uint8Array, T, void> {
  try {
    for (let next = await chunks.next(); ; next = await chunks.next()) {
      if (next.done === true) return next.value;
      await draft.write(next.value);
      yield next.value;
    }
  } finally {
    // Left early, the thread that makes them ends at once. Nobody looks at what `return` is given.
    await chunks.return(undefined as never);
  }
}
