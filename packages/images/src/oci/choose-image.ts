import { FairleadError, parseImageReference } from '@fairlead/core';
import { corrupt, invalidImage, listed, quote } from '../failure.ts';
import { asList, parseObject } from '../json.ts';
import { limits } from '../limits.ts';
import { readBlob, type BlobStore } from './blob-store.ts';
import { parseDescriptor, type Descriptor } from './descriptor.ts';
import { mediaType } from './media-type.ts';
import { choosePlatform, formatPlatform } from './platform.ts';

/** Which image of a store is wanted. */
export interface Choice {
  /** Its tag, `@` and its digest, or `@` and its place. Undefined: the only one. */
  readonly member: string | undefined;
  /** GOARCH word, with `/v7` for arm if wanted. */
  readonly architecture: string;
  /** It is to be looked at and not run: a single image, and one named by its place, is taken whatever machine it is for. */
  readonly foreign?: boolean | undefined;
}

/**
 * The descriptor of the one manifest that is wanted, through indexes of indexes.
 * @throws FairleadError `IMAGE_NOT_FOUND` for a member that is not there, `INVALID_IMAGE` where several are meant,
 * `PLATFORM_MISMATCH` listing what is there
 */
export async function chooseImage(store: BlobStore, choice: Choice): Promise<Descriptor> {
  const top = parseIndex(await store.readIndex(), store.path, 'index.json');
  const { found, exact } = await findMember(store, top, choice.member);
  const images = unique(await expandAll(store, found));
  const [first] = images;
  if (first === undefined) throw invalidImage(store.path, 'holds no image');
  if (images.length === 1 && (exact || choice.foreign === true || first.platform === undefined)) return first;
  if (names(unique(found)).length > 1 || images.some(({ platform }) => platform === undefined)) {
    throw severalImages(store.path, top);
  }
  const suiting = choosePlatform(images, choice.architecture);
  if (suiting === undefined) throw mismatch(store.path, images, choice.architecture);
  return suiting;
}

function parseIndex(bytes: Uint8Array, path: string, where: string): readonly Descriptor[] {
  const place = { path, where };
  const list = asList(parseObject(bytes, place)['manifests'], place, { field: 'manifests', max: limits.members });
  return list.map((item) => parseDescriptor(item, place)).filter((descriptor) => !isAttestation(descriptor));
}

/** What a builder says about an image lies beside it, as if for an unknown platform; cosign's signatures by their name. */
function isAttestation({ annotations, platform }: Descriptor): boolean {
  const name = annotations['org.opencontainers.image.ref.name'] ?? '';
  if (/^(?:_cosign:)?sha256-[0-9a-f]{64}\.(?:sig|att|sbom)$/.test(name)) return true;
  if (/^dev\.cosignproject\.cosign\/(?:sigs|atts|sboms)$/.test(annotations['kind'] ?? '')) return true;
  return annotations['vnd.docker.reference.type'] !== undefined || platform?.os === 'unknown';
}

function isIndex({ mediaType: type }: Descriptor): boolean {
  return type === mediaType.index || type === mediaType.dockerList;
}

interface Found {
  readonly found: readonly Descriptor[];
  /** Named by its digest: taken whatever its platform. */
  readonly exact: boolean;
}

async function findMember(store: BlobStore, top: readonly Descriptor[], member: string | undefined): Promise<Found> {
  if (member === undefined) return { found: top, exact: false };
  const place = /^@(\d{1,4})$/.exec(member)?.[1];
  const byPlace = place === undefined ? undefined : top[Number(place)];
  if (byPlace !== undefined) return { found: [byPlace], exact: false };
  const named = member.startsWith('@')
    ? (await everything(store, top)).filter(({ digest }) => `@${digest.text}` === member).slice(0, 1)
    : top.filter(({ annotations }) => namesOf(annotations).some((name) => sameName(name, member)));
  if (named.length > 0) return { found: named, exact: member.startsWith('@') };
  throw new FairleadError({
    code: 'IMAGE_NOT_FOUND',
    message: `${quote(store.path)} holds no image ${JSON.stringify(member)}`,
    hint: `It holds ${listed(labels(top))}.`,
    details: { path: store.path, member, images: labels(top) },
  });
}

async function everything(store: BlobStore, top: readonly Descriptor[]): Promise<readonly Descriptor[]> {
  return [...top, ...(await expandAll(store, top.filter(isIndex)))];
}

/**
 * All that some descriptors lead to. Each index is read once, however often others name it: a small file of indexes
 * that name each other thousands of times would else cost hours.
 */
async function expandAll(store: BlobStore, descriptors: readonly Descriptor[]): Promise<readonly Descriptor[]> {
  const known = new Map<string, readonly Descriptor[]>();
  const all: Descriptor[] = [];
  for (const descriptor of descriptors) {
    all.push(...(await expandIndex(store, descriptor, { depth: 0, known })));
    if (all.length > limits.members) throw corrupt({ path: store.path, where: 'index.json', why: 'too many images' });
  }
  return all;
}

interface Expansion {
  readonly depth: number;
  /** What the indexes that have been read lead to. */
  readonly known: Map<string, readonly Descriptor[]>;
}

/** A manifest is itself; an index is what it leads to. */
async function expandIndex(
  store: BlobStore,
  descriptor: Descriptor,
  { depth, known }: Expansion,
): Promise<readonly Descriptor[]> {
  if (!isIndex(descriptor)) return [descriptor];
  const found = known.get(descriptor.digest.text);
  if (found !== undefined) return found;
  const where = `blob ${descriptor.digest.text}`;
  if (depth >= limits.indexDepth) throw corrupt({ path: store.path, where, why: 'indexes inside indexes, too deep' });
  const inner: Descriptor[] = [];
  for (const item of parseIndex(await readBlob(store, descriptor), store.path, where)) {
    inner.push(...(await expandIndex(store, item, { depth: depth + 1, known })));
    if (inner.length > limits.members) throw corrupt({ path: store.path, where, why: 'too many images' });
  }
  known.set(descriptor.digest.text, inner);
  return inner;
}

function namesOf(annotations: Descriptor['annotations']): readonly string[] {
  const keys = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'];
  return keys.map((key) => annotations[key]).filter((name) => name !== undefined);
}

/** Whether two names mean the same image once completed: `app:1` and `docker.io/library/app:1`. */
export function sameName(name: string, member: string): boolean {
  return name === member || (completed(name) !== undefined && completed(name) === completed(member));
}

function completed(name: string): string | undefined {
  try {
    const image = parseImageReference(name);
    return image.format === 'registry' ? image.name : undefined;
  } catch {
    // Not every annotation is the name of an image.
    return undefined;
  }
}

function unique(descriptors: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(descriptors.map((one) => [one.digest.text, one])).values()];
}

function names(descriptors: readonly Descriptor[]): readonly string[] {
  return [...new Set(descriptors.flatMap(({ annotations }) => namesOf(annotations).slice(0, 1)))];
}

function labels(descriptors: readonly Descriptor[]): readonly string[] {
  return descriptors.map(({ annotations, digest }) => namesOf(annotations)[0] ?? `@${digest.text}`);
}

function severalImages(path: string, top: readonly Descriptor[]): Error {
  return invalidImage(
    path,
    `holds ${top.length} images: ${listed(labels(top))}`,
    'Say which: put a colon and its name behind the path, as in oci:PATH:NAME or oci-archive:PATH:NAME.',
  );
}

function mismatch(path: string, images: readonly Descriptor[], architecture: string): FairleadError {
  const platforms = images.map(({ platform, digest }) => ({
    platform: platform === undefined ? 'unknown' : formatPlatform(platform),
    digest: digest.text,
  }));
  return new FairleadError({
    code: 'PLATFORM_MISMATCH',
    message: `${quote(path)} has no image for linux/${architecture}, only for ${listed(platforms.map(({ platform }) => platform))}`,
    hint: `To run one of them all the same, name it by its digest: :@${platforms[0]?.digest ?? ''}`,
    details: { path, architecture, platforms },
  });
}
