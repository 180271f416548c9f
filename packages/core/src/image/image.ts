/** The forms in which an image can be at hand. A Kubernetes manifest is not among them: it is played, not run. */
export type ImageFormat =
  | 'registry'
  | 'oci-layout'
  | 'oci-archive'
  | 'docker-archive'
  | 'sif'
  | 'oci-sif'
  | 'squashfs'
  | 'ext3'
  | 'sandbox';

/** All formats in the order in which documentation lists them. */
export const imageFormats: readonly ImageFormat[] = [
  'registry',
  'oci-layout',
  'oci-archive',
  'docker-archive',
  'sif',
  'oci-sif',
  'squashfs',
  'ext3',
  'sandbox',
];

/** The formats that are files or folders. */
export type FileImageFormat = Exclude<ImageFormat, 'registry'>;

/** An image in a registry or in an engine's store; `name` is normalised: host, path, and tag or digest. */
export interface RegistryImageRef {
  readonly format: 'registry';
  readonly name: string;
}

/** An image in a file or folder. */
export interface FileImageRef {
  readonly format: FileImageFormat;
  /** Absolute path. */
  readonly path: string;
  /** Which image of a layout or archive that holds several: its tag or `@digest`. */
  readonly member?: string | undefined;
}

/** Where an image is and what form it has. */
export type ImageRef = RegistryImageRef | FileImageRef;

/** A path whose format only its content can tell. */
export interface UndetectedImage {
  readonly format: 'unknown';
  readonly path: string;
}

/** What an image says about how it wants to run. Source: OCI image configuration, `config` object. */
export interface ImageConfig {
  /** With `command`: absent in a SIF whose runscript is known to run something else. */
  readonly entrypoint?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly workdir?: string | undefined;
  readonly user?: string | undefined;
  readonly stopSignal?: string | undefined;
  readonly volumes?: readonly string[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** GOARCH word, for example `amd64`. */
  readonly architecture?: string | undefined;
  /** A SIF or sandbox: whether it has a runscript. An engine that runs it without one does nothing (C185). */
  readonly hasRunscript?: boolean | undefined;
}

/** An image that an engine has made ready to run. */
export interface EnsuredImage {
  /** What the engine runs: an image id, or an absolute path. */
  readonly id: string;
  /** The name under which the engine has it, where it has one; a manifest can use it. */
  readonly name?: string | undefined;
  readonly digest?: string | undefined;
}

/** An image in an engine's store, with what it says of itself. */
export interface FoundImage extends EnsuredImage {
  readonly labels: Readonly<Record<string, string>>;
}
