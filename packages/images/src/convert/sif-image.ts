import { readHead } from '../archive.ts';
import type { LayerCacheOptions } from '../cache/layer-cache.ts';
import { launchLineEnd } from '../detect/detect-file.ts';
import type { LayerPolicy } from '../layer/layer-policy.ts';
import { planLayer, type SquashfsLayer } from '../layer/squashfs-layer.ts';
import type { Digest } from '../oci/digest.ts';
import { sha256 } from '../oci/digest.ts';
import { mediaType } from '../oci/media-type.ts';
import type { OutgoingBlob } from '../oci/packed-image.ts';
import { hostArchitecture } from '../oci/platform.ts';
import { openSif, type Sif } from '../sif/open-sif.ts';
import { unsigned, verifyOpenSif, type SifVerification, type VerifiedSif } from '../sif/verify-sif.ts';
import { startsLikeSif } from '../sif/sif-header.ts';
import { chooseConfig, type ChosenConfig, type SifMode } from '../sif-config/choose-config.ts';
import { readEvidence } from '../sif-config/sif-evidence.ts';
import type { Source } from '../source.ts';
import { openSquashfs, type Squashfs } from '../squashfs/squashfs.ts';
import { jsonBlob } from '../writer/build-image.ts';
import { rootPartition } from './root-partition.ts';

/** How to turn a SIF into an image. */
export interface SifOptions extends LayerPolicy {
  /** Default `auto`. */
  readonly mode?: SifMode | undefined;
  /** Verify signatures first, over the file that is converted. Default: signatures are not looked at. */
  readonly verify?: SifVerification | undefined;
  /** Keep layers on disk too. Default: nothing is written; the engine's own store is the cache. */
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
const writerVersion = 3;

/** What an image is made of; it tells the result without reading more than the source's digest. */
export interface SifIdentity {
  /** Equal for equal files, options and writers. */
  readonly identity: Digest;
  /** Equal for equal files and what of the options changes the layer. */
  readonly layerKey: Digest;
  /** Labels by which the result tells which file and which conversion it comes from. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What becomes of a source of this digest; limits do not count, because they change nothing of what passes them. */
export function identifySif(source: Digest, options: SifOptions): SifIdentity {
  const { mode = 'auto', lossy = false, devices = 'keep' } = options;
  const content = [source.text, lossy, devices, writerVersion].join(' ');
  const identity = sha256(Buffer.from(`${mode} ${content}`));
  const layerKey = sha256(Buffer.from(`layer ${content}`));
  const labels = { 'io.fairlead.source-digest': source.text, 'io.fairlead.conversion': identity.text };
  return { identity, layerKey, labels };
}

/**
 * Reads all metadata of a SIF or bare squashfs and decides what becomes of it; content is not read.
 * @throws FairleadError `CORRUPT_IMAGE`, `INVALID_IMAGE`, `POLICY_DENIED`; `CONVERSION_FAILED` for what has no form in a layer
 */
export async function readSifImage(source: Source, options: SifOptions = {}): Promise<SifImage> {
  const { mode = 'auto' } = options;
  const { sif, offset, size, verified } = await findFileSystem(source, options);
  const squashfs = await openSquashfs(source, offset, { size, maxInodes: options.maxMembers });
  const layer = await planLayer(squashfs, options);
  const chosen = chooseConfig(source.path, await readEvidence(source, squashfs, sif), mode);
  const seconds = sif === undefined ? 0 : Math.max(sif.header.createdSeconds, 0);
  const facts: Omit<Facts, 'labels'> = {
    created: new Date(Math.min(seconds, 253_402_300_799) * 1000).toISOString(),
    architecture: sif?.primary?.architecture ?? sif?.header.architecture ?? hostArchitecture(),
    comment: `${sif === undefined ? 'squashfs' : `SIF ${sif.header.uuid}`}, configuration by evidence ${chosen.branch}`,
  };
  const config: SifImage['config'] = (diffId, labels) =>
    jsonBlob(mediaType.config, configOf(chosen, { ...facts, labels }, diffId));
  return { layer, branch: chosen.branch, verified, config };
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
