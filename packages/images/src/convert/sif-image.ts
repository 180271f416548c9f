import { readHead } from '../archive.ts';
import type { LayerCacheOptions } from '../cache/layer-cache.ts';
import { launchLineEnd } from '../detect/detect-file.ts';
import type { LayerPolicy } from '../layer/layer-policy.ts';
import { planLayer, type SquashfsLayer } from '../layer/squashfs-layer.ts';
import type { Digest } from '../oci/digest.ts';
import { sha256 } from '../oci/digest.ts';
import { mediaType } from '../oci/media-type.ts';
import type { OutgoingBlob } from '../oci/packed-image.ts';
import { openSif, type Sif } from '../sif/open-sif.ts';
import { unsigned, verifyOpenSif, type SifVerification, type VerifiedSif } from '../sif/verify-sif.ts';
import { startsLikeSif } from '../sif/sif-header.ts';
import { chooseConfig, type ChosenConfig, type SifMode } from '../sif-config/choose-config.ts';
import { readEvidence } from '../sif-config/sif-evidence.ts';
import type { Source } from '../source.ts';
import { programArchitecture } from '../squashfs/program-architecture.ts';
import { openSquashfs, type Squashfs } from '../squashfs/squashfs.ts';
import { jsonBlob } from '../writer/build-image.ts';
import { rootPartition } from './root-partition.ts';

/** How to turn a SIF into an image. */
export interface SifOptions extends LayerPolicy {
  /** Default `auto`. */
  readonly mode?: SifMode | undefined;
  /**
   * For which machines a file system is that does not say so itself, as a bare squashfs; GOARCH word. Default: what its
   * programs are made for, else `amd64`.
   */
  readonly architecture?: string | undefined;
  /** Verify signatures first, over the file that is converted. Default: signatures are not looked at. */
  readonly verify?: SifVerification | undefined;
  /** Keep layers on disk too; not used with `verify`, for nobody has signed them. Default: nothing is written; the engine's own store is the cache. */
  readonly cache?: LayerCacheOptions | undefined;
}

/** A SIF or bare squashfs, checked and ready to be converted. */
export interface SifImage {
  readonly layer: SquashfsLayer;
  /** Which evidence the configuration follows. */
  readonly branch: ChosenConfig['branch'];
  /** Undefined: nobody asked for it. */
  readonly verified: VerifiedSif | undefined;
  /** The configuration of the image with a layer of that digest, and with these labels too. */
  config(diffId: Digest, labels: SifIdentity['labels']): OutgoingBlob;
}

/** Part of the identity: to be raised when equal input gives other output. */
const writerVersion = 5;

/** Of images that neither say it nor have a program: the same on every machine, so that digests are. */
const unknownArchitecture = 'amd64';

/** What an image is made of; it tells the result without reading more than the source's digest. */
export interface SifIdentity {
  /** Of the file. */
  readonly source: Digest;
  /** Equal for equal files, options and writers. */
  readonly identity: Digest;
  /** Equal for equal files and what of the options changes the layer. */
  readonly layerKey: Digest;
  /** Labels by which the result tells which file and which conversion it comes from. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What becomes of a source of this digest; limits do not count, because they change nothing of what passes them. */
export function identifySif(source: Digest, options: SifOptions): SifIdentity {
  const { mode = 'auto', lossy = false, devices = 'keep', architecture } = options;
  const content = [source.text, lossy, devices, writerVersion].join(' ');
  const words = [mode, content, ...(architecture === undefined ? [] : [architecture])];
  const identity = sha256(Buffer.from(words.join(' ')));
  const layerKey = sha256(Buffer.from(`layer ${content}`));
  const labels = { 'io.fairlead.source-digest': source.text, 'io.fairlead.conversion': identity.text };
  return { source, identity, layerKey, labels };
}

/**
 * Reads all metadata of a SIF or bare squashfs and decides what becomes of it; content is not read.
 * @param found what `findFileSystem` has found in the same open source, so that signatures are not verified again
 * @throws FairleadError `CORRUPT_IMAGE`, `INVALID_IMAGE`, `POLICY_DENIED`; `CONVERSION_FAILED` for what has no form in a layer
 */
export async function readSifImage(source: Source, options: SifOptions = {}, found?: Found): Promise<SifImage> {
  const { mode = 'auto' } = options;
  const { sif, offset, size, verified } = found ?? (await findFileSystem(source, options));
  const squashfs = await openSquashfs(source, offset, { size, maxInodes: options.maxMembers });
  const layer = await planLayer(squashfs, options);
  const chosen = chooseConfig(source.path, await readEvidence(source, squashfs, sif), mode);
  const seconds = sif === undefined ? 0 : Math.max(sif.header.createdSeconds, 0);
  const facts: Omit<Facts, 'labels'> = {
    created: new Date(Math.min(seconds, 253_402_300_799) * 1000).toISOString(),
    architecture: await architectureOf(sif, squashfs, options),
    comment: `${sif === undefined ? 'squashfs' : `SIF ${sif.header.uuid}`}, configuration by evidence ${chosen.branch}`,
  };
  const config: SifImage['config'] = (diffId, labels) =>
    jsonBlob(mediaType.config, configOf(chosen, { ...facts, labels }, diffId));
  return { layer, branch: chosen.branch, verified, config };
}

/** What the SIF says of its root file system comes first: it may be signed. */
async function architectureOf(sif: Sif | undefined, squashfs: Squashfs, options: SifOptions): Promise<string> {
  const said = sif?.primary?.architecture ?? sif?.header.architecture ?? options.architecture;
  return said ?? (await programArchitecture(squashfs)) ?? unknownArchitecture;
}

/** A file system, and the configuration that counts for it. */
export interface SifChoice extends Found {
  readonly squashfs: Squashfs;
  readonly chosen: ChosenConfig;
}

/** Only the decision whose configuration counts, without a look at what the layer would be. @throws as `readSifImage` */
export async function chooseSifConfig(source: Source, options: SifOptions): Promise<SifChoice> {
  const found = await findFileSystem(source, options);
  const squashfs = await openSquashfs(source, found.offset, { size: found.size, maxInodes: options.maxMembers });
  const evidence = await readEvidence(source, squashfs, found.sif);
  return { ...found, squashfs, chosen: chooseConfig(source.path, evidence, options.mode ?? 'auto') };
}

/** Where the file system of an image is. */
export interface Found {
  readonly sif: Sif | undefined;
  /** Where the squashfs file system starts. */
  readonly offset: number;
  /** How far it may reach. */
  readonly size: number;
  readonly verified: VerifiedSif | undefined;
}

/** Where the squashfs is, once its signatures have been verified if that was asked for. @throws as `readSifImage` */
export async function findFileSystem(source: Source, { lossy, verify }: SifOptions): Promise<Found> {
  const head = await readHead(source, 2048);
  if (!startsLikeSif(head)) {
    if (verify !== undefined) throw unsigned(source.path);
    const offset = launchLineEnd(head);
    return { sif: undefined, offset, size: source.size - offset, verified: undefined };
  }
  const sif = await openSif(source);
  const verified = verify === undefined ? undefined : await verifyOpenSif(source, sif, verify);
  const { offset, size } = rootPartition(source.path, sif, lossy === true);
  return { sif, offset, size, verified };
}

interface Facts {
  readonly created: string;
  readonly architecture: string;
  readonly comment: string;
  readonly labels: Readonly<Record<string, string>>;
}

function configOf({ config }: ChosenConfig, facts: Facts, diffId: Digest): Readonly<Record<string, unknown>> {
  const { created, architecture, comment, labels } = facts;
  const { Labels, ...rest } = config;
  return {
    created,
    architecture,
    os: 'linux',
    config: { ...rest, Labels: { ...(typeof Labels === 'object' ? Labels : {}), ...labels } },
    rootfs: { type: 'layers', diff_ids: [diffId.text] },
    history: [{ created, created_by: 'fairlead', comment }],
  };
}
