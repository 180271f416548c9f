import type { ImageRef } from './image/image.ts';

/** What to run. The smallest spec is `{ image }`; what is left out means the same on every engine. */
export interface RunSpec {
  /** A reference (`busybox:1.36`, `./model.sif`, `oci-archive:/a.tar`) or one already resolved. */
  readonly image: string | ImageRef;
  /** `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, at most 63 characters. Default: a name of the library's own. Excludes `runId`. */
  readonly name?: string | undefined;
  /**
   * Makes the run idempotent: the same id with the same spec is the same container, whoever asks and how often.
   * Excludes `name` and `autoRemove`.
   */
  readonly runId?: string | undefined;
  /** Labels to select by. Keys below `io.fairlead.` are refused. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Arguments to the image's entrypoint, or to a SIF's runscript. Default: the image's own. */
  readonly command?: readonly string[] | undefined;
  /** Replaces the image's entrypoint and drops its command; `[]` runs `command` itself. */
  readonly entrypoint?: readonly string[] | undefined;
  /** Added to the image's environment. Nothing of the host's environment reaches the container. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Absolute path; it must exist in the image or be a mount's target. Default: the image's, else `/`. */
  readonly workdir?: string | undefined;
  /** Name or number, with `:group` if wanted. Default: the image's on engines with users of their own, else the caller. */
  readonly user?: string | undefined;
  readonly mounts?: readonly Mount[] | undefined;
  /** Files put into the container before it starts. */
  readonly files?: readonly InjectedFile[] | undefined;
  /** Default `none`: the one mode that every engine gives without privilege. */
  readonly network?: NetworkMode | undefined;
  readonly resources?: Resources | undefined;
  /** Leaves only mounts and /dev/shm writable. Default false: writes go to a layer that is discarded. */
  readonly readOnlyRootfs?: boolean | undefined;
  /** Signal that `stop` sends first, for example `SIGINT`. Default: the image's, else `SIGTERM`. */
  readonly stopSignal?: string | undefined;
  /** Whole seconds between that signal and `SIGKILL`. Default 10. */
  readonly stopGraceSeconds?: number | undefined;
  /**
   * Removes the container once it has ended and nobody reads its logs any more, as long as this process lives; later
   * `reap` does. Default false.
   */
  readonly autoRemove?: boolean | undefined;
}

/** Something of the host or the engine that is seen inside the container. `target` is an absolute path. */
export type Mount = BindMount | VolumeMount | TmpfsMount;

interface MountTarget {
  readonly target: string;
  /** Writes fail with EROFS. Default false. */
  readonly readOnly?: boolean | undefined;
}

/** A file or folder of the engine's host. */
export interface BindMount extends MountTarget {
  readonly type: 'bind';
  /** Absolute path on the engine's host. */
  readonly source: string;
  /** What to do when the source is missing: refuse (default), or make an empty folder with the caller's uid. */
  readonly missing?: 'error' | 'create' | undefined;
}

/** A volume that exists. */
export interface VolumeMount extends MountTarget {
  readonly type: 'volume';
  /** Its exact name, whoever gave it: `[A-Za-z0-9][A-Za-z0-9_.-]*`, at most 255 characters. */
  readonly volume: string;
}

/** Memory that ends with the container. */
export interface TmpfsMount extends MountTarget {
  readonly type: 'tmpfs';
  /** Default: the engine's. */
  readonly sizeBytes?: number | undefined;
}

/** A file to put into the container. */
export interface InjectedFile {
  /**
   * Absolute path; missing folders are made, owned by root with mode 0755. Refused where every engine mounts over it:
   * in /proc, /sys and /dev, and /etc/hosts, /etc/hostname and /etc/resolv.conf, unless a mount of the spec lies there.
   */
  readonly target: string;
  readonly content: string | Uint8Array;
  /** Permission bits. Default 0o644. */
  readonly mode?: number | undefined;
}

/** What the container can reach. */
export type NetworkMode = { readonly mode: 'none' } | { readonly mode: 'private' } | { readonly mode: 'host' };

/** Upper limits. Default: none of the library's. */
export interface Resources {
  readonly memoryBytes?: number | undefined;
  /** In CPUs, for example 0.5. */
  readonly cpus?: number | undefined;
  readonly pids?: number | undefined;
}
