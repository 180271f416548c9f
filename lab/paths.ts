import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Where everything of one lab lies. Nothing outside `folder` is ever written. */
export interface LabPaths {
  /** Eight hex digits of the folder's path: two labs on one machine do not share cgroups. */
  readonly id: string;
  readonly folder: string;
  /** The checkout that this lab serves; the machines see it read-only at the same path. */
  readonly checkout: string;
  /** Has the same path inside the machines and outside; sockets and bind sources live here. */
  readonly share: string;
  readonly roots: string;
  readonly run: string;
  readonly enter: string;
  readonly endpoints: string;
  readonly lock: string;
}

// A unix socket's path may have 107 bytes, and some engines add to it; ours below the folder have up to 33.
const longestFolder = 64;

/** Returns the paths of the lab in `FAIRLEAD_LAB_DIR`, by default `fairlead-lab` in the user's cache directory. */
export function labPaths(environment: NodeJS.ProcessEnv = process.env): LabPaths {
  const cache = environment['XDG_CACHE_HOME'] || join(environment['HOME'] || homedir(), '.cache');
  const folder = resolve(environment['FAIRLEAD_LAB_DIR'] || join(cache, 'fairlead-lab'));
  if (Buffer.byteLength(folder) > longestFolder)
    throw new Error(
      `lab: the path of the lab's folder has more than ${longestFolder} bytes, too many for the sockets in it: ${folder}. Set FAIRLEAD_LAB_DIR to a shorter one.`,
    );
  return {
    id: createHash('sha256').update(folder).digest('hex').slice(0, 8),
    folder,
    checkout: dirname(import.meta.dirname),
    share: join(folder, 'share'),
    roots: join(folder, 'roots'),
    run: join(folder, 'run'),
    enter: join(folder, 'bin/enter'),
    endpoints: join(folder, 'endpoints.json'),
    lock: join(folder, 'lock'),
  };
}
