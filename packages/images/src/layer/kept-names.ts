import type { WalkEntry } from '../squashfs/walk.ts';

/** Which of the names of a file is the file in the layer; the others are links to it. */
export interface KeptNames {
  /** Told of each entry that is left out. */
  leaveOut(entry: WalkEntry): void;
  /** The entry as it goes into the layer: the first name that is kept has the content, later ones link to it. */
  keep(entry: WalkEntry): WalkEntry;
}

/** A walk takes the first name of a file for the file; where that one is left out, the next one kept takes its place. */
export function keptNames(): KeptNames {
  /** First name of a file that was left out → the name that stands for it, once there is one. */
  const successors = new Map<string, string | undefined>();
  return {
    leaveOut({ path, inode, linkTo }) {
      if (linkTo === undefined && 'links' in inode && inode.links > 1) successors.set(path, undefined);
    },
    keep(entry) {
      const { path, linkTo } = entry;
      if (linkTo === undefined || !successors.has(linkTo)) return entry;
      const successor = successors.get(linkTo);
      if (successor === undefined) successors.set(linkTo, path);
      return { ...entry, linkTo: successor };
    },
  };
}
