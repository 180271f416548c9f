import { FairleadError } from '@fairlead/core';
import { readHead } from '../archive.ts';
import { corrupt, invalidImage, quote } from '../failure.ts';
import { asText, parseObject, type JsonObject } from '../json.ts';
import type { LeftOut } from '../layer/layer-members.ts';
import type { LayerPolicy, PlanPolicy } from '../layer/layer-policy.ts';
import { planLayer, type SquashfsLayer } from '../layer/squashfs-layer.ts';
import { chooseImage } from '../oci/choose-image.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { sha256, type Digest } from '../oci/digest.ts';
import { mediaType } from '../oci/media-type.ts';
import type { ImageListing } from '../oci/packed-image.ts';
import { readImage, type ImageDescription } from '../oci/read-image.ts';
import { verify } from '../oci/verify.ts';
import { openSif, type Sif } from '../sif/open-sif.ts';
import { startsLikeSif } from '../sif/sif-header.ts';
import { findBlob, sifStore } from '../sif/sif-store.ts';
import { verifyOpenSif, type VerifiedSif } from '../sif/verify-sif.ts';
import type { Source } from '../source.ts';
import { openSquashfs } from '../squashfs/squashfs.ts';
import { layerTotals, storedUsage } from './layer-totals.ts';
import { readListing } from './oci-sif-listing.ts';
import type { SifOptions } from './sif-image.ts';
import { ociLayer, type StoredLayer } from './stored-image.ts';

/** Which image of an OCI-SIF, and how to turn it into one that engines run. */
export interface OciSifOptions extends Omit<SifOptions, 'mode'> {
  readonly member: string | undefined;
  /** GOARCH word. */
  readonly architecture: string;
  /** As in `Choice`: it is looked at, not run. */
  readonly foreign?: boolean | undefined;
}

/** An image of an OCI-SIF, checked and ready to be converted. */
export interface OciSifImage {
  readonly source: Source;
  /** As its index lists it. */
  readonly listed: Descriptor;
  /** What of that an index of its own keeps. */
  readonly listing: ImageListing;
  readonly manifest: JsonObject;
  /** Its description, with the bytes of its manifest and config. */
  readonly description: ImageDescription;
  /** From the lowest to the highest, without those left out. */
  readonly layers: readonly OciSifLayer[];
  readonly leftOut: Readonly<LeftOut>;
  /** Equal for equal images, options and writers. */
  readonly identity: Digest;
  readonly verified: VerifiedSif | undefined;
  /** Limits for what only shows when layers go out: compressed ones may have to be expanded. */
  readonly policy: LayerPolicy;
}

/** A layer that is a file system to be turned into a tar, or one that is a tar already. */
export type OciSifLayer = {
  /** As the manifest has it. */
  readonly stored: Descriptor;
} & (
  | { readonly kind: 'squashfs'; readonly layer: SquashfsLayer }
  | { readonly kind: 'tar'; readonly layer: StoredLayer }
);

const squashfsType = 'application/vnd.sylabs.image.layer.v1.squashfs';
const overlayType = 'application/vnd.sylabs.image.layer.v1.ext3';

/** Part of the identity: to be raised when equal input gives other output. */
const writerVersion = 2;

/** Whether a source is a SIF that holds OCI images instead of a root file system. */
export async function isOciSif(source: Source): Promise<boolean> {
  if (!startsLikeSif(await readHead(source, 64))) return false;
  const { objects, primary } = await openSif(source);
  return primary === undefined && objects.some(({ type }) => type === 'oci-root-index');
}

/**
 * Reads an image of an OCI-SIF: everything but the content of its layers, whose digests are verified.
 * Source of the format: github.com/sylabs/oci-tools and github.com/sylabs/singularity, internal/pkg/ocisif.
 * @throws FairleadError `CORRUPT_IMAGE`, `INVALID_IMAGE` for what is no container image, `IMAGE_NOT_FOUND`,
 * `PLATFORM_MISMATCH`, `POLICY_DENIED` also for layers that are too much together; `CONVERSION_FAILED` for what has no form in a layer
 */
export async function readOciSifImage(source: Source, options: OciSifOptions): Promise<OciSifImage> {
  const sif = await openSif(source);
  const verified = options.verify === undefined ? undefined : await verifyOpenSif(source, sif, options.verify);
  const store = sifStore(source, sif);
  const listed = await chooseImage(store, options);
  const listing = await readListing(store, listed);
  const description = await readImage(store, listed);
  const place = { path: source.path, where: `manifest ${listed.digest.text}` };
  const manifest = parseObject(description.manifest.bytes, place);
  refuseArtifact(source, asText(manifest['artifactType'], place, 'artifactType'));
  const leftOut: LeftOut = { sockets: 0, devices: 0, lossy: 0 };
  const layers: OciSifLayer[] = [];
  const totals = layerTotals(source.path, options);
  const plan = planner({ source, sif, options: { ...options, stacked: description.layers.length > 1 } });
  for (const [at, stored] of description.layers.entries()) {
    if (stored.mediaType === overlayType) {
      refuseOverlay(source, options);
      leftOut.lossy += 1;
      continue;
    }
    const diffId = description.diffIds[at] ?? stored.digest;
    if (stored.mediaType !== squashfsType) {
      const layer = await ociLayer(store, stored, diffId);
      totals.add(stored.digest, storedUsage(layer.size));
      layers.push({ stored, kind: 'tar', layer });
      continue;
    }
    const layer = await plan(stored);
    totals.add(stored.digest, layer);
    leftOut.sockets += layer.leftOut.sockets;
    leftOut.devices += layer.leftOut.devices;
    leftOut.lossy += layer.leftOut.lossy;
    layers.push({ stored, kind: 'squashfs', layer });
  }
  const { devices = 'keep' } = options;
  const how = [options.lossy === true, writerVersion, ...(devices === 'keep' ? [] : [devices])];
  const words = [listed.digest.text, 'oci-sif', ...how].join(' ');
  const identity = sha256(Buffer.from(words));
  return { source, listed, listing, manifest, description, layers, leftOut, identity, verified, policy: options };
}

function refuseArtifact({ path }: Source, type: string | undefined): void {
  if (type === undefined || type === mediaType.config) return;
  const what = /data-container/.test(type) ? 'a data container' : 'an artifact';
  throw invalidImage(
    path,
    `holds ${what} of type ${JSON.stringify(type.slice(0, 100))}, not an image that can be run`,
    'It is meant to be bound into a container that SingularityCE runs: singularity run --oci --data FILE:PATH IMAGE.',
  );
}

function refuseOverlay({ path }: Source, { lossy = false }: OciSifOptions): void {
  if (lossy) return;
  throw new FairleadError({
    code: 'CONVERSION_FAILED',
    message: `${quote(path)} has a writable overlay (ext3), whose changes would be lost`,
    hint: 'Turn it into a layer: singularity overlay seal FILE. Or pass lossy: true to convert the image below it.',
    details: { path },
  });
}

interface Planning {
  readonly source: Source;
  readonly sif: Sif;
  readonly options: PlanPolicy;
}

/** Plans the layer of a blob; a blob that several layers name is read and planned once. */
function planner({ source, sif, options }: Planning): (stored: Descriptor) => Promise<SquashfsLayer> {
  const planned = new Map<string, SquashfsLayer>();
  return async (stored) => {
    const key = `${stored.digest.text} ${stored.size}`;
    const known = planned.get(key);
    if (known !== undefined) return known;
    const { offset, size } = await checkedBlob(source, stored, findBlob(sif, stored.digest));
    const squashfs = await openSquashfs(source, offset, { size, maxInodes: options.maxMembers });
    const layer = await planLayer(squashfs, options);
    planned.set(key, layer);
    return layer;
  };
}

type Place = { readonly offset: number; readonly size: number } | undefined;

/** A blob's place; its content is read once to verify it, for converting reads it in another order. */
async function checkedBlob(source: Source, { digest, size }: Descriptor, place: Place): Promise<NonNullable<Place>> {
  const expected = { digest, size, path: source.path, where: `blob ${digest.text}` };
  if (place === undefined) throw corrupt({ ...expected, why: 'it is missing' });
  let bytes = 0;
  const range = { offset: place.offset, length: place.size };
  for await (const chunk of verify(source.stream(range), expected)) bytes += chunk.length;
  return { offset: place.offset, size: bytes };
}
