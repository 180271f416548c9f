import type { Call } from '../call.ts';
import type { FileImageFormat, FileImageRef, ImageConfig } from './image.ts';

/**
 * Whether image files that an engine does not run as they are run over a mount of their file system, without a
 * conversion: `auto` where the engine can, else they are converted; `always` there or not at all.
 */
export type MountMode = 'never' | 'auto' | 'always';

/** A file and its state, as stat(2) tells it: what is mounted must be what was looked at. */
export interface MountedFile {
  /** Absolute, links resolved. */
  readonly path: string;
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  /** Nanoseconds since 1970. */
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
}

/** An image whose file system an engine can mount, and how a container over it is to run. */
export interface MountableImage {
  readonly file: MountedFile;
  /** Where in the file its file system begins, in bytes. It is a squashfs. */
  readonly offset: number;
  /** What a conversion would give the image: an engine that mounts knows nothing of the image itself. */
  readonly config: ImageConfig;
}

/** What is known of image files whose file system can be mounted. */
export interface ImageMounter {
  readonly from: readonly FileImageFormat[];
  /**
   * Finds the file system and chooses the configuration, as a conversion would. Cheap.
   * @throws FairleadError `CORRUPT_IMAGE`, `IMAGE_NOT_FOUND`, `POLICY_DENIED`; `CONVERSION_FAILED` for what no engine but the format's own can run
   */
  describe(image: FileImageRef, options: Call): Promise<MountableImage>;
  /**
   * Refuses, from all metadata, what a conversion would refuse, and verifies the signatures that were asked for: the
   * program that mounts it is to see nothing else.
   * @param described what `describe` told of it and what will be mounted: what is checked must be that very file
   * @throws FairleadError as `describe`; `CORRUPT_IMAGE` with `details.changed` for another file than was described
   */
  check(image: FileImageRef, described: MountableImage, options: Call): Promise<void>;
  /** Whose word decides how it runs, in words, as a converter's `explain`. */
  explain(image: FileImageRef, options: Call): Promise<string>;
}
