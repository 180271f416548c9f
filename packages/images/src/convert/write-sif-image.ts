import type { ProgressCall } from '@fairlead/core';
import { deadline } from '../deadline.ts';
import type { LeftOut } from '../layer/layer-members.ts';
import type { PackedLayer } from '../layer/pack-layer.ts';
import type { Digest } from '../oci/digest.ts';
import type { Compression } from '../oci/media-type.ts';
import { hostArchitecture } from '../oci/platform.ts';
import type { VerifiedSif } from '../sif/verify-sif.ts';
import { openSource } from '../source.ts';
import { writeStreamedImage } from '../writer/write-streamed-image.ts';
import { isOciSif, readOciSifImage } from './oci-sif-image.ts';
import { streamedOciSif } from './streamed-oci-sif.ts';
import { identifySif, readSifImage, type SifImage, type SifOptions } from './sif-image.ts';
import { digestSource } from './source-digest.ts';
import { streamedSif } from './streamed-sif.ts';

/** What to make of a SIF, and where. */
export interface WriteSifOptions extends SifOptions, ProgressCall {
  /** A folder, or one file that is an OCI archive and a docker-archive. */
  readonly form: 'oci-layout' | 'archive';
  /** Names under which engines are to know the image. Default: none; what the index of an OCI-SIF says is kept in each case. */
  readonly names?: readonly string[] | undefined;
  /**
   * How layers made here are compressed; those that an OCI-SIF has as tar stay as they are. diffID and config are the
   * same for each; digests of compressed layers and of their manifest are the same for one `compressionKey`: `gzip`
   * makes the best of blocks that the source has compressed already. Docker 20.10 cannot load `zstd`.
   * Default `none`: the form that every engine loads fastest.
   */
  readonly compression?: Compression | undefined;
  /** Which image of an OCI-SIF: its name, `@` and its place, or `@` and its digest. Default: the only one. */
  readonly member?: string | undefined;
  /**
   * GOARCH word: which image of an OCI-SIF that has several for different machines, by default this machine's; and for
   * which machines a file system is that does not say so itself.
   */
  readonly architecture?: string | undefined;
}

/** What was written. */
export interface WrittenSif {
  readonly manifest: Digest;
  readonly config: Digest;
  /** Of the lowest layer; all but OCI-SIFs have only one. */
  readonly diffId: Digest;
  /** From the lowest to the highest. */
  readonly layers: readonly PackedLayer[];
  /** What the layers were made of: digest of the file, or of the manifest that an OCI-SIF has. See `compressionKey`. */
  readonly source: Digest;
  /** Which evidence the configuration follows; `A` for an OCI-SIF, which has one of its own. */
  readonly branch: SifImage['branch'] | 'A';
  /** What the layers do not have of the file systems. */
  readonly leftOut: Readonly<LeftOut>;
  /** Undefined: nobody asked for it. */
  readonly verified: VerifiedSif | undefined;
}

/**
 * Writes a SIF, an OCI-SIF, or the bare squashfs that a SIF holds, as an OCI image in one pass over each file system,
 * whole or not at all. Equal input gives equal digests on every machine; for those of compressed layers see `compression`.
 * `writeSifImage('model.sif', 'model-oci', { form: 'oci-layout', names: ['localhost/model:1'] })`
 * @param to in a folder that exists; nothing of it is left by a failure
 * @throws FairleadError `CONFLICT` for a folder that holds something, or where a file is to be; `INVALID_SPEC` for a
 * target in a folder that does not exist; `ACCESS_DENIED`; and all that reading a SIF throws
 */
export async function writeSifImage(from: string, to: string, options: WriteSifOptions): Promise<WrittenSif> {
  using limit = deadline(options, 'convert');
  const { signal } = limit;
  await using source = await openSource(from, { signal });
  const { compression = 'none', names = [], form, onProgress } = options;
  const onBytes = (bytes: number, totalBytes: number): void => onProgress?.({ phase: 'converting', bytes, totalBytes });
  const target = { form, to, names, signal, onBytes };
  if (await isOciSif(source)) {
    const { member, architecture = hostArchitecture() } = options;
    const oci = await readOciSifImage(source, { ...options, member, architecture });
    const written = await writeStreamedImage(streamedOciSif(oci, compression), target);
    return {
      ...digestsOf(written),
      source: oci.listed.digest,
      branch: 'A',
      leftOut: oci.leftOut,
      verified: oci.verified,
    };
  }
  const sif = await readSifImage(source, options);
  // While the layer is written; a failure is told when the digest is asked for, and not in between.
  const identifying = digestSource(source, options).then((digest) => identifySif(digest, options));
  identifying.catch(() => undefined);
  const written = await writeStreamedImage(streamedSif(sif, { compression, identifying }), target);
  const { source: digest } = await identifying;
  const { branch, layer, verified } = sif;
  return { ...digestsOf(written), source: digest, branch, leftOut: layer.leftOut, verified };
}

function digestsOf({
  manifest,
  config,
  layers,
}: Awaited<ReturnType<typeof writeStreamedImage>>): Pick<WrittenSif, 'manifest' | 'config' | 'diffId' | 'layers'> {
  return { manifest: manifest.digest, config: config.digest, diffId: layers[0]?.diffId ?? config.digest, layers };
}
