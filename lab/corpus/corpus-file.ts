import type { SifOptions } from '@fairlead/images';

/** A file whose conversion is to be faithful. */
export interface CorpusFile {
  readonly name: string;
  /** What is converted. */
  readonly file: string;
  /** Its root file system as a file of its own, for other programs. */
  readonly squashfs: string;
  /** Files of one tree must give the same layer. */
  readonly tree: string;
  readonly options: SifOptions;
  /** What the options leave out, with all below it. */
  readonly leftOut: readonly string[];
}

/** A file that is refused, and how. */
export interface RefusedFile {
  readonly name: string;
  readonly file: string;
  readonly code: string;
  /** The message says so. */
  readonly says: RegExp;
}
