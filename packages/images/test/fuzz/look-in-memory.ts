import { createHash } from 'node:crypto';
import { listTree } from '../../src/tree/list-image.ts';
import { readTreeFile } from '../../src/tree/read-image-file.ts';
import type { ImageTree, TreeNode } from '../../src/tree/tree-node.ts';

/** Folders that lead into themselves are found where everything is walked; here some of it is enough. */
const mostEntries = 2000;
const mostFiles = 12;
const mostBytes = 1_048_576;

/** The digest of what is listed and read of a tree, where the one has to agree with the other. */
export async function lookThrough(root: TreeNode): Promise<string> {
  const tree: ImageTree = { path: 'image', signal, root, [Symbol.asyncDispose]: async () => undefined };
  const hash = createHash('sha256');
  const seen = new Set(['']);
  const files: { readonly path: string; readonly size: number }[] = [];
  for await (const { path, rawPath, rawTarget, type, size, mode, uid, gid, major, minor } of listTree(tree)) {
    const raw = Buffer.from(rawPath).toString('latin1');
    checkPath(raw, seen);
    seen.add(raw);
    const told = [raw, Buffer.from(rawTarget).toString('hex'), type, size, mode, uid, gid, major, minor];
    // Layers have no sockets.
    if (type !== 'socket') hash.update(JSON.stringify(told));
    const wanted = type === 'file' && size <= mostBytes && files.length < mostFiles && !path.includes('\u{fffd}');
    if (wanted) files.push({ path, size });
    if (seen.size > mostEntries) break;
  }
  for (const { path, size } of files) {
    let bytes = 0;
    for await (const chunk of readTreeFile(tree, path)) {
      bytes += chunk.length;
      hash.update(chunk);
    }
    if (bytes !== size) throw new Error(`${path} has ${bytes} bytes, not ${size}`);
  }
  return hash.digest('hex');
}

const { signal } = new AbortController();

/** Every path stands once, in a folder that stands before it, and leads nowhere else. */
function checkPath(path: string, seen: ReadonlySet<string>): void {
  if (seen.has(path)) throw new Error(`${path} is listed twice`);
  const parts = path.split('/').slice(1);
  if (parts.some((part) => part === '' || part === '.' || part === '..')) throw new Error(`${path} is no path`);
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (!seen.has(folder)) throw new Error(`${path} is listed before its folder`);
}
