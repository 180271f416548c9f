import { shown } from '../squashfs/directory.ts';
import type { FileInode, Inode } from '../squashfs/inode.ts';
import type { Squashfs } from '../squashfs/squashfs.ts';
import type { WalkEntry } from '../squashfs/walk.ts';
import type { Xattr } from '../squashfs/xattrs.ts';
import type { RawMember, RawMemberFlag } from '../tar/raw-member.ts';
import { deviceRefused, unfaithful, type PlanPolicy } from './layer-policy.ts';
import { keptNames } from './kept-names.ts';
import { isOpaque, isWhiteout, marksOpaque, opaqueMarker, whiteoutMarker } from './whiteouts.ts';

/** A member of the layer, and the file whose content follows it. */
export interface LayerMember {
  readonly header: RawMember;
  readonly file: FileInode | undefined;
}

/** What was left out of a layer, and how often. */
export interface LeftOut {
  /** Tar has no sockets; a socket without its process is of no use. */
  sockets: number;
  /** Devices, where the policy is to leave them out. */
  devices: number;
  /** Names and devices that engines take for whiteouts, and attributes that would change the meaning; `lossy` only. */
  lossy: number;
}

/**
 * The members of a layer that holds a file system, some at a time, in an order that depends on the content alone.
 * @throws FairleadError `CORRUPT_IMAGE`; `CONVERSION_FAILED` for what a layer cannot say, unless the policy is lossy
 */
export async function* layerMembers(
  squashfs: Squashfs,
  policy: PlanPolicy,
  leftOut: LeftOut,
): AsyncGenerator<readonly LayerMember[], void, void> {
  const judge = judgeOf(squashfs, policy, leftOut);
  const names = keptNames();
  let skipped: string | undefined;
  for await (const batch of squashfs.walk(policy.maxDepth)) {
    let members: LayerMember[] = [];
    let weight = 0;
    for (const found of batch) {
      const below = skipped !== undefined && found.path.startsWith(skipped);
      if (below || !judge.keeps(found)) {
        names.leaveOut(found);
        skipped = !below && found.inode.type === 'directory' ? `${found.path}/` : skipped;
        continue;
      }
      const entry = names.keep(found);
      const stored = await storedXattrs(squashfs, entry);
      members.push(...membersOf(entry, stored, { judge, stacked: policy.stacked === true }));
      weight += stored.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
      if (weight < heavyBytes) continue;
      yield members;
      members = [];
      weight = 0;
    }
    if (members.length > 0) yield members;
  }
}

async function storedXattrs({ xattrs }: Squashfs, { inode, linkTo }: WalkEntry): Promise<readonly Xattr[]> {
  return inode.xattrs === undefined || linkTo !== undefined ? [] : xattrs.read(inode.xattrs);
}

/** One member, or two for an opaque folder: itself, and what says that it is opaque. */
function membersOf(
  entry: WalkEntry,
  stored: readonly Xattr[],
  { judge, stacked }: { readonly judge: Judge; readonly stacked: boolean },
): readonly LayerMember[] {
  const { path, inode } = entry;
  if (stacked && isWhiteout(inode)) return [{ header: whiteoutMarker(path, inode), file: undefined }];
  if (!stacked || !isOpaque(inode, stored)) return [memberOf(entry, judge.xattrs(path, stored))];
  const rest = stored.filter((xattr) => !marksOpaque(xattr));
  const marker = { header: opaqueMarker(path, inode), file: undefined };
  return [memberOf(entry, judge.xattrs(path, rest)), marker];
}

/** So many bytes of attributes are not gathered any further. */
const heavyBytes = 1_048_576;

interface Judge {
  keeps(entry: WalkEntry): boolean;
  xattrs(path: string, set: readonly Xattr[]): readonly Xattr[];
}

function judgeOf(
  { region }: Squashfs,
  { lossy = false, stacked = false, devices = 'keep' }: PlanPolicy,
  leftOut: LeftOut,
): Judge {
  const refuse = (path: string, what: string): false => {
    if (!lossy) throw unfaithful(region.path, shown(path), what);
    leftOut.lossy += 1;
    return false;
  };
  const keeps = ({ path, inode }: WalkEntry): boolean => {
    if (path.startsWith('.wh.', path.lastIndexOf('/') + 1)) {
      return refuse(path, `would be taken for a whiteout: engines would delete instead of unpack`);
    }
    if (devices !== 'keep' && 'major' in inode && !(stacked && isWhiteout(inode))) {
      if (devices === 'refuse') throw deviceRefused(region.path, shown(path));
      leftOut.devices += 1;
      return false;
    }
    if (!stacked && isWhiteout(inode)) {
      return refuse(path, 'is a device 0:0, which an overlay takes for a whiteout');
    }
    if (inode.type !== 'socket') return true;
    leftOut.sockets += 1;
    return false;
  };
  const keepsXattr = (path: string, name: string): boolean => {
    if (name.startsWith('trusted.overlay.')) {
      return refuse(path, `has the attribute ${shown(name)}, which is an overlay's own`);
    }
    if (!name.includes('=')) return true;
    return refuse(path, `has the attribute ${shown(name)}, whose "=" a layer cannot say`);
  };
  const xattrs = (path: string, set: readonly Xattr[]): readonly Xattr[] =>
    set.length === 0
      ? set
      : set.filter(({ name }) => keepsXattr(path, name)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { keeps, xattrs };
}

const flags: Readonly<Record<Exclude<Inode['type'], 'socket'>, RawMemberFlag>> = {
  file: '0',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
};

function memberOf({ path, inode, linkTo }: WalkEntry, xattrs: readonly Xattr[]): LayerMember {
  const { mode, uid, gid, mtimeSeconds } = inode;
  const file = inode.type === 'file' && linkTo === undefined ? inode : undefined;
  const device = 'major' in inode && linkTo === undefined ? inode : { major: 0, minor: 0 };
  const header: RawMember = {
    path: inode.type === 'directory' ? (path === '' ? './' : `${path}/`) : path,
    flag: linkTo !== undefined || inode.type === 'socket' ? '1' : flags[inode.type],
    mode,
    uid,
    gid,
    mtimeSeconds,
    size: file?.size ?? 0,
    target: linkTo ?? (inode.type === 'symlink' ? inode.target : ''),
    major: device.major,
    minor: device.minor,
    xattrs,
  };
  return { header, file };
}
