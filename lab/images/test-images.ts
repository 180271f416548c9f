/** One image in every form in which it can be had, the same content in all of them. */
export interface TestImage {
  /** Digest of the OCI manifest, `sha256:…`. */
  readonly digest: string;
  /** A folder. The name in it, and in both archives, is `localhost/fairlead/NAME:test`. */
  readonly ociLayout: string;
  readonly ociArchive: string;
  readonly dockerArchive: string;
  /** Reference in the registry that each machine has on loopback; absent where the lab has no machines. */
  readonly registry?: string;
  /** Made by Apptainer; absent where there is none. */
  readonly sif?: string;
  readonly sandbox?: string;
}

/** `busybox` has the command `sh` and no more; `busyboxConfig` has every field of an image's config. */
export interface TestImages {
  readonly busybox: TestImage;
  readonly busyboxConfig: TestImage;
  /** The algorithm of the demo: busybox and one awk program, which is its entrypoint. */
  readonly gradient: TestImage;
}
