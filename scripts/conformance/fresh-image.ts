import { randomBytes } from 'node:crypto';
import { copyFile, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unseenLayout } from './unseen-image.ts';

/** Copies a SIF or an OCI layout into a folder so that it is another one to every engine, and does the same. */
export async function freshImage(source: string, folder: string): Promise<string> {
  if ((await stat(source)).isDirectory()) return unseenLayout(source, folder);
  const copy = join(folder, `fresh-${randomBytes(6).toString('hex')}`);
  await copyFile(source, copy);
  await using file = await open(copy, 'r+');
  // Another UUID: 16 bytes at 48 of the global header (SIF v1).
  await file.write(randomBytes(16), 0, 16, 48);
  return copy;
}
