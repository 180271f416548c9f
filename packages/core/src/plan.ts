import type { EnsuredImage, ImageConfig, ImageRef } from './image/image.ts';
import type { MountableImage } from './image/mounter.ts';
import type { Mount, NetworkMode, Resources } from './spec.ts';

/** A spec after every field has been filled in. Backends see nothing else. */
export interface RunPlan {
  /** Always given by core; unique, unless the caller chose it. */
  readonly name: string;
  readonly image: ImageRef;
  /** What the image says of itself, where that is known without an engine. */
  readonly imageConfig: ImageConfig | undefined;
  /**
   * The file system to mount as the container's root, discarding what is written; its configuration is `imageConfig`.
   * Only where the probe declares `images.mount`.
   */
  readonly mounted?: MountableImage | undefined;
  /** The caller's labels and the library's own. */
  readonly labels: Readonly<Record<string, string>>;
  /** Undefined: the image's own command. */
  readonly command: readonly string[] | undefined;
  /** Undefined: the image's own entrypoint; `[]`: none. When it is given, the image's command is dropped. */
  readonly entrypoint: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Undefined: the image's, else `/`. */
  readonly workdir: string | undefined;
  /** Undefined: the image's, or the caller's, by engine. */
  readonly user: string | undefined;
  readonly mounts: readonly Mount[];
  readonly files: readonly PlannedFile[];
  readonly network: NetworkMode;
  readonly resources: Resources;
  readonly readOnlyRootfs: boolean;
  /** Undefined: the image's, else SIGTERM. */
  readonly stopSignal: string | undefined;
  readonly stopGraceSeconds: number;
  readonly autoRemove: boolean;
}

/** A file to copy into the created container. Where copying cannot work, core turns files into binds before. */
export interface PlannedFile {
  readonly target: string;
  readonly content: Uint8Array;
  readonly mode: number;
}

/** A plan whose image the engine has: what `create` gets. */
export interface CreatePlan extends RunPlan {
  readonly ensured: EnsuredImage;
}
