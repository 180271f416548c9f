import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { archiveIn } from '../../src/archive.ts';
import { convertStored } from '../../src/convert/oci-converter.ts';
import { readSifImage } from '../../src/convert/sif-image.ts';
import { openOci, openStoredArchive, type StoredImage } from '../../src/convert/stored-image.ts';
import { describeSif } from '../../src/describe/describe-sif.ts';
import { detectFile } from '../../src/detect/detect-file.ts';
import { parseConfig } from '../../src/oci/parse-config.ts';
import type { BlobStore } from '../../src/oci/blob-store.ts';
import type { LayerPolicy } from '../../src/layer/layer-policy.ts';
import { packLayer } from '../../src/layer/pack-layer.ts';
import { planLayer, type SquashfsLayer } from '../../src/layer/squashfs-layer.ts';
import { sha256 } from '../../src/oci/digest.ts';
import type { Compression } from '../../src/oci/media-type.ts';
import { startsLikeSif } from '../../src/sif/sif-header.ts';
import { readEvidence } from '../../src/sif-config/sif-evidence.ts';
import type { Source } from '../../src/source.ts';
import { openSquashfs } from '../../src/squashfs/squashfs.ts';
import { sourceReader } from '../../src/tar/byte-reader.ts';
import { readTar } from '../../src/tar/read-tar.ts';
import { refusalOf } from './allowed-refusal.ts';
import { digestOf, outputBytes, readBudget } from './fuzz-family.ts';
import { memorySource } from './memory-source.ts';
import type { Random } from './random.ts';

/** What a layer of a case may have. */
export const policy: LayerPolicy = { maxBytes: outputBytes, maxMembers: 10_000 };
const expansion = { maxBytes: outputBytes };

/** What looks at an image before it is converted must end as soberly, whatever it thinks of it. */
export async function lookAt(look: () => Promise<unknown>): Promise<void> {
  try {
    await look();
  } catch (error) {
    refusalOf(error);
  }
}

/** How a layer is made. */
export interface LayerForm extends Pick<LayerPolicy, 'lossy'> {
  readonly compression: Compression;
}

/** Mostly as it is by default; seeds have nothing that a layer cannot say, so the tar is the same in each form. */
export function layerForm(random: Random): LayerForm {
  const compression = random.pick(['gzip', 'zstd'] as const);
  return { compression: random.chance(10) ? compression : 'none', lossy: random.chance(10) };
}

/** The digest of the layer of a SIF or squashfs, all of whose readers have looked at it. */
export async function convertFileSystem(bytes: Uint8Array, form: LayerForm = { compression: 'none' }): Promise<string> {
  const open = (): ReturnType<typeof memorySource> => memorySource(bytes, { budgetBytes: readBudget(bytes) });
  await lookAt(() => detectFile(open()));
  const { lossy } = form;
  const layer = startsLikeSif(bytes) ? await sifLayer(open, { lossy }) : await squashfsLayer(open(), { lossy });
  const chunks: Uint8Array[] = [];
  const digest = await digestOf(layer.stream(), (chunk) => chunks.push(chunk));
  const tar = Buffer.concat(chunks);
  await checkLayer(tar, layer.size);
  if (form.compression !== 'none') await checkPacked(layer, tar, form.compression);
  return digest;
}

/** Packed in another way it is the same tar, and has the digests that are told. */
async function checkPacked(layer: SquashfsLayer, tar: Buffer, compression: 'gzip' | 'zstd'): Promise<void> {
  const parts: Uint8Array[] = [];
  const packing = packLayer(layer, { compression, onBytes: () => undefined });
  let next = await packing.next();
  for (; next.done !== true; next = await packing.next()) parts.push(Uint8Array.from(next.value));
  const packed = Buffer.concat(parts);
  const { digest, diffId, size } = next.value;
  const expanded = compression === 'gzip' ? gunzipSync(packed) : zstdDecompressSync(packed);
  if (!expanded.equals(tar)) throw new Error(`${compression} expands to another tar`);
  const told = [digest.text, diffId.text, size].join(' ');
  if (told !== [sha256(packed).text, sha256(tar).text, packed.length].join(' '))
    throw new Error(`${compression} is not ${told}`);
}

async function sifLayer(open: () => Source, how: LayerPolicy): Promise<SquashfsLayer> {
  await lookAt(() => describeSif(open()));
  return (await readSifImage(open(), { ...policy, ...how })).layer;
}

async function squashfsLayer(source: Source, how: LayerPolicy): Promise<SquashfsLayer> {
  const squashfs = await openSquashfs(source, 0);
  await lookAt(() => readEvidence(source, squashfs, undefined));
  return planLayer(squashfs, { ...policy, ...how });
}

/** Whatever was in the image, the layer has the size that was promised and no name that leaves it. */
async function checkLayer(tar: Buffer, size: number): Promise<void> {
  if (tar.length !== size) throw new Error(`${tar.length} bytes came out, not ${size}`);
  const seen = new Set<string>();
  for await (const { rawName, type, rawTarget } of readTar(sourceReader(memorySource(tar)), 20_000)) {
    const [name, target] = [Buffer.from(rawName).toString('latin1'), Buffer.from(rawTarget).toString('latin1')];
    if (name.startsWith('/') || name.split('/').includes('..')) throw new Error(`the name ${name} leaves the layer`);
    if (seen.has(name)) throw new Error(`the name ${name} occurs twice`);
    if (type === 'link' && !seen.has(target)) throw new Error(`${name} links to ${target}, which is not there`);
    seen.add(name);
  }
}

/** The digest of what an archive of images is converted into. */
export async function convertArchive(bytes: Uint8Array, format: 'oci-archive' | 'docker-archive'): Promise<string> {
  const open = (): ReturnType<typeof memorySource> => memorySource(bytes, { budgetBytes: readBudget(bytes) });
  await lookAt(() => detectFile(open()));
  const archive = await archiveIn(open(), expansion);
  await using stored = await openStoredArchive(archive, { format, path: 'image' }, { architecture: 'amd64' });
  return await convert(stored);
}

/** The digest of what the files of a layout are converted into. */
export async function convertLayout(store: BlobStore): Promise<string> {
  await using stored = await openOci(store, {}, { architecture: 'amd64' });
  return await convert(stored);
}

async function convert(stored: StoredImage): Promise<string> {
  await lookAt(async () => parseConfig(stored.configJson, { path: 'image', where: 'its config' }));
  const signal = new AbortController().signal;
  return digestOf(convertStored(stored, { name: 'localhost/x:1', signal, expansion }));
}
