import { createHash } from 'node:crypto';
import { userInfo } from 'node:os';
import { FairleadError } from '../errors.ts';
import { openSession, type Session } from './session.ts';
import { openStateFolder, type StateFolder } from './state-folder.ts';

/** Whose containers a manager makes and where it keeps records. */
export interface EstateOptions {
  /** All processes with the same owner share one estate. Default: the user's name. */
  readonly owner?: string | undefined;
  /** Absolute path. Default `$XDG_STATE_HOME/fairlead/HOST`. */
  readonly stateFolder?: string | undefined;
  /** Whom it counts as. Default: a new session of this process. For tests that play several processes. */
  readonly session?: Session | undefined;
}

/** An owner, this process as one of its sessions, and their state folder. */
export interface Estate {
  readonly owner: string;
  /** The owner as a label's value: itself if legal there, else `x-` and 40 hex digits of its hash. */
  readonly ownerLabel: string;
  readonly session: Session;
  readonly state: StateFolder;
}

/** Opens the estate; makes no file. @throws FairleadError `INVALID_SPEC` */
export function openEstate(options: EstateOptions = {}): Estate {
  const owner = options.owner ?? defaultOwner();
  if (owner === '') throw new FairleadError({ code: 'INVALID_SPEC', message: 'the owner is empty' });
  return {
    owner,
    ownerLabel: toLabelValue(owner),
    session: options.session ?? openSession(),
    state: openStateFolder(options.stateFolder),
  };
}

/** A value that Kubernetes allows as a label (63 characters, RFC 1123 like), equal for equal text. */
export function toLabelValue(text: string): string {
  if (/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(text)) return text;
  return `x-${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
}

function defaultOwner(): string {
  try {
    return userInfo().username;
  } catch {
    // A uid without a passwd entry, as in many containers.
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
