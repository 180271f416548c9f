import { readHead } from '../archive.ts';
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
import { sourceDigest } from '../source-digest.ts';
import { openSquashfs } from '../squashfs/squashfs.ts';
import { jsonBlob } from '../writer/build-image.ts';
import { rootPartition } from './root-partition.ts';

/** How to turn a SIF into an image. */
export interface SifOptions extends LayerPolicy {
  /** Default `auto`. */
  readonly mode?: SifMode | undefined;
  /** Verify signatures first, over the file that is converted. Default: signatures are not looked at. */
  readonly verify?: SifVerification | undefined;
}

/** A SIF or bare squashfs, checked and ready to be converted. */
export interface SifImage {
  readonly layer: SquashfsLayer;
  /** Which evidence the configuration follows. */
  readonly branch: ChosenConfig['branch'];
  /** Equal for equal files, options and writers. */
  readonly identity: Digest;
  /** Undefined: nobody asked for it. */
  readonly verified: VerifiedSif | undefined;
  /** The configuration of the image with a layer of that digest. */
  config(diffId: Digest): OutgoingBlob;
}

/** Part of the identity: to be raised when equal input gives other output. */
const writerVersion = 2;

/**
 * Reads all metadata of a SIF or bare squashfs and decides what becomes of it; of the content, only its digest is taken.
 * @throws FairleadError `CORRUPT_IMAGE`, `INVALID_IMAGE`, `POLICY_DENIED`; `CONVERSION_FAILED` for what has no form in a layer
 */
export async function readSifImage(source: Source, options: SifOptions = {}): Promise<SifImage> {
  const { mode = 'auto' } = options;
  const { sif, offset, size, verified } = await findFileSystem(source, options);
  const squashfs = await openSquashfs(source, offset, { size, maxInodes: options.maxMembers });
  // At the same time; a plan that fails does not wait for the digest, which ends with the source.
  const digesting = sourceDigest(source);
  digesting.catch(() => undefined);
  const layer = await planLayer(squashfs, options);
  const chosen = chooseConfig(source.path, await readEvidence(source, squashfs, sif), mode);
  const { text: digest } = await digesting;
  const { devices = 'keep' } = options;
  const words = [digest, mode, options.lossy === true, writerVersion, ...(devices === 'keep' ? [] : [devices])].join(
    ' ',
  );
  const seconds = sif === undefined ? 0 : Math.max(sif.header.createdSeconds, 0);
  const facts: Facts = {
    created: new Date(Math.min(seconds, 253_402_300_799) * 1000).toISOString(),
    architecture: sif?.primary?.architecture ?? sif?.header.architecture ?? hostArchitecture(),
    comment: `${sif === undefined ? 'squashfs' : `SIF ${sif.header.uuid}`}, configuration by evidence ${chosen.branch}`,
    digest,
  };
  const config = (diffId: Digest): OutgoingBlob => jsonBlob(mediaType.config, configOf(chosen, facts, diffId));
  return { layer, branch: chosen.branch, identity: sha256(Buffer.from(words)), verified, config };
}

interface Found {
  readonly sif: Sif | undefined;
  /** Where the squashfs file system starts. */
  readonly offset: number;
  /** How far it may reach. */
  readonly size: number;
  readonly verified: VerifiedSif | undefined;
}

async function findFileSystem(source: Source, { lossy, verify }: SifOptions): Promise<Found> {
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
  /** Of the source. */
  readonly digest: string;
}

/** Label under which an image tells which file it was made of. */
const sourceLabel = 'io.fairlead.source-digest';

function configOf({ config }: ChosenConfig, facts: Facts, diffId: Digest): Readonly<Record<string, unknown>> {
  const { created, architecture, comment, digest } = facts;
  const { Labels, ...rest } = config;
  return {
    created,
    architecture,
    os: 'linux',
    config: { ...rest, Labels: { ...(typeof Labels === 'object' ? Labels : {}), [sourceLabel]: digest } },
    rootfs: { type: 'layers', diff_ids: [diffId.text] },
    history: [{ created, created_by: 'fairlead', comment }],
  };
}
