import { chmod, lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Deletes a folder that a container wrote to, whatever modes it left behind (S15). Follows no link. Resolves if it is
 * gone already.
 */
export async function forceDelete(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    await openFolders(path);
    await rm(path, { recursive: true, force: true });
  }
}

/** The same in a sweep, where one folder that cannot go must not keep the others. @returns whether it is gone */
export async function tryForceDelete(path: string): Promise<boolean> {
  return forceDelete(path).then(
    () => true,
    () => false,
  );
}

/** Makes every folder below one that its owner can list and empty. */
async function openFolders(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat?.isDirectory() !== true) return;
  await chmod(path, 0o700);
  for (const name of await readdir(path)) await openFolders(join(path, name));
}
