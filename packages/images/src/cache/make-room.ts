import { readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDigest } from '../oci/digest.ts';

/** The folders of a cache. */
export interface CacheFolders {
  /** Layers, each under the hex digits of its digest. */
  readonly layers: string;
  /** The digests of layers, each under the hex digits of what it was made of. */
  readonly keys: string;
  readonly drafts: string;
}

/** Removes the layers that were not used for longest until the others take no more than so many bytes. */
export async function makeRoom({ layers, keys }: Pick<CacheFolders, 'layers' | 'keys'>, bytes: number): Promise<void> {
  const all = await Promise.all(
    (await readdir(layers)).map(async (name) => {
      const path = join(layers, name);
      const facts = await stat(path).catch(() => undefined);
      return { name, path, size: facts?.size ?? 0, usedMs: facts?.mtimeMs ?? 0 };
    }),
  );
  let total = all.reduce((sum, { size }) => sum + size, 0);
  const gone = new Set<string>();
  for (const { name, path, size } of all.toSorted((a, b) => a.usedMs - b.usedMs)) {
    if (total <= bytes) break;
    await rm(path, { force: true });
    gone.add(name);
    total -= size;
  }
  if (gone.size > 0) await forgetKeys(keys, gone);
}

async function forgetKeys(keys: string, gone: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(keys)) {
    const path = join(keys, name);
    const diffId = parseDigest(await readFile(path, 'utf8').catch(() => undefined));
    if (diffId === undefined || gone.has(diffId.hex)) await rm(path, { force: true });
  }
}
