import { mkdtemp, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TemporaryOwner } from '@fairlead/core';
import type { Digest } from '../oci/digest.ts';

/** A layer on its way into the cache. Disposing it removes what was not committed. */
export interface LayerDraft extends AsyncDisposable {
  /** Never rejects: a draft that cannot be written goes on as one that will not be kept. */
  write(chunk: Uint8Array): Promise<void>;
  /** Keeps it under its digest, if it was written whole. Rejects if not. */
  commit(diffId: Digest): Promise<void>;
}

/** A file that is being written in a folder of its own. */
export interface DraftFile extends AsyncDisposable {
  write(chunk: Uint8Array): Promise<void>;
  /** Gives it its name. Rejects if it is not whole: if it was not given all of its bytes, or could not write them. */
  moveTo(path: string): Promise<void>;
}

/** How long a draft whose owner is not proven dead may go without a write, in milliseconds. Removing it too early costs one conversion. */
const silentMs = 3_600_000;

/** Opens a draft of a file of that many bytes, in a folder that tells its owner from the beginning. */
export async function openDraft(
  drafts: string,
  { size, owner }: { readonly size: number; readonly owner: TemporaryOwner | undefined },
): Promise<DraftFile> {
  const folder = await mkdtemp(join(drafts, 'draft-'));
  if (owner !== undefined) await writeFile(join(folder, 'owner'), owner.mark, { mode: 0o600 });
  const path = join(folder, 'layer');
  const file = await open(path, 'wx', 0o600);
  let failed: { readonly cause: unknown } | undefined;
  let bytes = 0;
  return {
    async write(chunk) {
      bytes += chunk.length;
      if (failed !== undefined) return;
      // Through writeFile, which goes on where it is and writes all of it.
      await file.writeFile(chunk).catch((cause: unknown) => (failed = { cause }));
    },
    async moveTo(target) {
      if (failed !== undefined) throw new Error('the layer could not be kept', { cause: failed.cause });
      if (bytes !== size) throw new Error(`the layer could not be kept: it has ${bytes} bytes instead of ${size}`);
      await rename(path, target);
    },
    async [Symbol.asyncDispose]() {
      await file.close().catch(() => undefined);
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    },
  };
}

/** Removes the drafts of processes that are dead. */
export async function sweepDrafts(drafts: string, owner: TemporaryOwner | undefined): Promise<void> {
  for (const name of await readdir(drafts)) {
    const folder = join(drafts, name);
    if (await isLeftOver(folder, owner)) await rm(folder, { recursive: true, force: true });
  }
}

async function isLeftOver(folder: string, owner: TemporaryOwner | undefined): Promise<boolean> {
  const mark = await readFile(join(folder, 'owner'), 'utf8').catch(() => undefined);
  if (mark !== undefined && owner?.isDead(mark) === true) return true;
  const times = await Promise.all([folder, join(folder, 'layer')].map((path) => stat(path).catch(() => undefined)));
  const newest = Math.max(...times.map((facts) => facts?.mtimeMs ?? 0));
  return newest > 0 && Date.now() - newest > silentMs;
}
