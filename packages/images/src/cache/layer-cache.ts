import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { FairleadError, requirePrivate, type TemporaryOwner } from '@fairlead/core';
import { parseDigest, type Digest } from '../oci/digest.ts';
import { openSource, type Source } from '../source.ts';
import { makeRoom, type CacheFolders } from './make-room.ts';
import { openDraft, sweepDrafts, type LayerDraft } from './layer-draft.ts';

/** Where layers are kept that were made of SIF files, for who gives one image to several engines. */
export interface LayerCacheOptions {
  /**
   * Absolute path; made if it is absent, for this user only. One that another user may have prepared, or may write to,
   * is refused: layers in it are believed.
   */
  readonly folder: string;
  /** What all layers in it may take, in bytes. Default 20 GiB. */
  readonly maxBytes?: number | undefined;
}

const defaultMaxBytes = 20 * 2 ** 30;

/** A layer in the cache, open: it can be read to its end even if it is evicted meanwhile. */
export interface KeptLayer extends AsyncDisposable {
  readonly diffId: Digest;
  readonly size: number;
  /** Not verified: the reader takes the digest and compares. */
  stream(): AsyncIterable<Uint8Array>;
  /** Removes it: it is not what it should be. */
  evict(): Promise<void>;
}

/**
 * Layers by their digest, and the digests by what they were made of. An open file is what protects a reader: removing
 * its name takes nothing from it, and the kernel gives it back whatever becomes of the process.
 */
export interface LayerCache {
  /** The layer that was made of this. @throws FairleadError `ACCESS_DENIED` for a folder that others may write to */
  find(key: Digest, signal: AbortSignal): Promise<KeptLayer | undefined>;
  /** A place to write one of this size, after others have made room; undefined where it does not fit. @throws as `find` */
  draft(wanted: WantedDraft): Promise<LayerDraft | undefined>;
}

/** A layer that is to be kept. */
export interface WantedDraft {
  /** What it is made of. */
  readonly key: Digest;
  readonly size: number;
  readonly owner: TemporaryOwner | undefined;
}

/** @throws FairleadError `INVALID_SPEC` for options that do not fit */
export function openLayerCache(options: LayerCacheOptions): LayerCache {
  const { folder, maxBytes = defaultMaxBytes } = options;
  if (!isAbsolute(folder) || Number.isNaN(maxBytes) || maxBytes < 0) throw invalidCache(options);
  const folders = { layers: join(folder, 'layers'), keys: join(folder, 'keys'), drafts: join(folder, 'drafts') };
  const check = (): Promise<void> => requirePrivateFolders(folder, folders);
  return {
    async find(key, signal) {
      await check();
      return find(folders, key, signal);
    },
    async draft(wanted) {
      if (wanted.size > maxBytes) return undefined;
      await check();
      // A cache that cannot be written keeps nothing; the conversion goes on without it.
      const made = await makeFolders(folders).catch(() => false);
      // Looked at again: another user may have been faster.
      await check();
      return made ? prepare(folders, wanted, maxBytes).catch(() => undefined) : undefined;
    },
  };
}

/** Whoever could write into one of them could give any layer out as that of any file. */
async function requirePrivateFolders(folder: string, folders: CacheFolders): Promise<void> {
  for (const path of [folder, ...Object.values(folders)]) {
    await requirePrivate(path, { called: 'cache of layers', option: 'cache.folder' });
  }
}

async function makeFolders(folders: CacheFolders): Promise<boolean> {
  for (const path of Object.values(folders)) await mkdir(path, { recursive: true, mode: 0o700 });
  return true;
}

async function find({ layers, keys }: CacheFolders, key: Digest, signal: AbortSignal): Promise<KeptLayer | undefined> {
  const keyFile = join(keys, key.hex);
  const diffId = parseDigest(await readFile(keyFile, 'utf8').catch(() => undefined));
  if (diffId === undefined) return undefined;
  const path = join(layers, diffId.hex);
  const source = await openLayer(path, signal);
  if (source === undefined) return undefined;
  const now = new Date();
  // The time of last use decides who goes first.
  await utimes(path, now, now).catch(() => undefined);
  return {
    diffId,
    size: source.size,
    stream: () => source.all(),
    evict: () => rm(path, { force: true }),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

async function openLayer(path: string, signal: AbortSignal): Promise<Source | undefined> {
  try {
    return await openSource(path, { signal });
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function prepare(
  folders: CacheFolders,
  { key, size, owner }: WantedDraft,
  maxBytes: number,
): Promise<LayerDraft> {
  await sweepDrafts(folders.drafts, owner);
  await makeRoom(folders, maxBytes - size);
  const draft = await openDraft(folders.drafts, { size, owner });
  return {
    write: (chunk) => draft.write(chunk),
    async commit(diffId) {
      await draft.moveTo(join(folders.layers, diffId.hex));
      const aside = join(folders.keys, `.${key.hex}.${crypto.randomUUID()}`);
      await writeFile(aside, diffId.text, { mode: 0o600 });
      await rename(aside, join(folders.keys, key.hex));
      // Others may have written meanwhile; this one is the newest.
      await makeRoom(folders, maxBytes);
    },
    [Symbol.asyncDispose]: () => draft[Symbol.asyncDispose](),
  };
}

function invalidCache({ folder, maxBytes }: LayerCacheOptions): FairleadError {
  return new FairleadError({
    code: 'INVALID_SPEC',
    operation: 'convert',
    message: `a cache in ${JSON.stringify(folder)} of at most ${maxBytes} bytes cannot be`,
    hint: 'Give an absolute path, and a number of bytes, 0 or more.',
    details: { folder, maxBytes },
  });
}
