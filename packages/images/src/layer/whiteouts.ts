import type { Inode } from '../squashfs/inode.ts';
import type { Xattr } from '../squashfs/xattrs.ts';
import type { RawMember } from '../tar/raw-member.ts';

// Overlay file systems delete with devices 0:0 and attributes, layers with names. Sources: Linux kernel,
// Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories"; OCI image specification, layer.md.

/** Whether an overlay takes it for the mark that something below is deleted. */
export function isWhiteout(inode: Inode): boolean {
  return inode.type === 'character-device' && inode.major === 0 && inode.minor === 0;
}

const opaqueNames: ReadonlySet<string> = new Set(['trusted.overlay.opaque', 'user.overlay.opaque']);

/** Whether an attribute hides what lies in the folders below. */
export function marksOpaque({ name, value }: Xattr): boolean {
  return opaqueNames.has(name) && value === 'y';
}

/** Whether a folder hides what lies in the folders below it. */
export function isOpaque(inode: Inode, xattrs: readonly Xattr[]): boolean {
  return inode.type === 'directory' && xattrs.some(marksOpaque);
}

/** What a layer says for a device 0:0 at that path. */
export function whiteoutMarker(path: string, inode: Inode): RawMember {
  const name = path.lastIndexOf('/') + 1;
  return marker(`${path.slice(0, name)}.wh.${path.slice(name)}`, inode);
}

/** What a layer says for an opaque folder: a member in it. */
export function opaqueMarker(path: string, inode: Inode): RawMember {
  return marker(path === '' ? '.wh..wh..opq' : `${path}/.wh..wh..opq`, inode);
}

function marker(path: string, { uid, gid, mtimeSeconds }: Inode): RawMember {
  const nothing = { size: 0, target: '', major: 0, minor: 0, xattrs: [] };
  return { path, flag: '0', mode: 0o600, uid, gid, mtimeSeconds, ...nothing };
}
