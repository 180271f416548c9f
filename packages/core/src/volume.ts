import type { Call } from './call.ts';
import type { ChangeOptions } from './container.ts';

/** Which volume to make. */
export interface VolumeSpec {
  /** As a container's name. Default: a name of the library's own. */
  readonly name?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** What is known of a volume. */
export interface VolumeInfo {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner?: string | undefined;
}

/** A named folder that the engine keeps until it is removed. Disposing the handle does not remove it. */
export interface Volume extends VolumeInfo {
  /**
   * Reads one regular file without running anything. Follows links that stay inside the volume; an absolute one leaves
   * it, because what it means depends on where a container has mounted the volume.
   * @param path relative to the volume's root
   * @throws FairleadError `VOLUME_NOT_FOUND`; `INVALID_SPEC` for a path that is absent, leaves the volume, or is no regular file
   */
  readFile(path: string, options?: Call & { readonly maxBytes?: number }): Promise<Uint8Array>;
  /** Removes it; resolves if it is gone. @throws FairleadError `IN_USE`, `NOT_OWNED` */
  remove(options?: ChangeOptions): Promise<void>;
}

/** The volumes of an engine. */
export interface Volumes {
  /** @throws FairleadError `VOLUME_NOT_FOUND` */
  get(name: string, options?: Call): Promise<Volume>;
  /** The owner's volumes, by name. */
  list(options?: Call): Promise<readonly VolumeInfo[]>;
  remove(name: string, options?: ChangeOptions): Promise<void>;
}
