import { archiveIn } from '../../src/archive.ts';
import { convertStored } from '../../src/convert/oci-converter.ts';
import { readSifImage } from '../../src/convert/sif-image.ts';
import { openOci, openStoredArchive, type StoredImage } from '../../src/convert/stored-image.ts';
import { describeSif } from '../../src/describe/describe-sif.ts';
import { detectFile } from '../../src/detect/detect-file.ts';
import { parseConfig } from '../../src/oci/parse-config.ts';
import type { BlobStore } from '../../src/oci/blob-store.ts';
import type { LayerPolicy } from '../../src/layer/layer-policy.ts';
import { planLayer, type SquashfsLayer } from '../../src/layer/squashfs-layer.ts';
import { startsLikeSif } from '../../src/sif/sif-header.ts';
import { readEvidence } from '../../src/sif-config/sif-evidence.ts';
import type { Source } from '../../src/source.ts';
import { openSquashfs } from '../../src/squashfs/squashfs.ts';
import { sourceReader } from '../../src/tar/byte-reader.ts';
import { readTar } from '../../src/tar/read-tar.ts';
import { refusalOf } from './allowed-refusal.ts';
import { digestOf, outputBytes, readBudget } from './fuzz-family.ts';
import { memorySource } from './memory-source.ts';

const policy: LayerPolicy = { maxBytes: outputBytes, maxMembers: 10_000 };
const expansion = { maxBytes: outputBytes };

/** What looks at an image before it is converted must end as soberly, whatever it thinks of it. */
async function lookAt(look: () => Promise<unknown>): Promise<void> {
  try {
    await look();
  } catch (error) {
    refusalOf(error);
  }
}

/** The digest of the layer of a SIF or squashfs, all of whose readers have looked at it. */
export async function convertFileSystem(bytes: Uint8Array): Promise<string> {
  const open = (): ReturnType<typeof memorySource> => memorySource(bytes, { budgetBytes: readBudget(bytes) });
  await lookAt(() => detectFile(open()));
  const layer = startsLikeSif(bytes) ? await sifLayer(open) : await squashfsLayer(open());
  const chunks: Uint8Array[] = [];
  const digest = await digestOf(layer.stream(), (chunk) => chunks.push(chunk));
  await checkLayer(Buffer.concat(chunks), layer.size);
  return digest;
}

async function sifLayer(open: () => Source): Promise<SquashfsLayer> {
  await lookAt(() => describeSif(open()));
  return (await readSifImage(open(), policy)).layer;
}

async function squashfsLayer(source: Source): Promise<SquashfsLayer> {
  const squashfs = await openSquashfs(source, 0);
  await lookAt(() => readEvidence(source, squashfs, undefined));
  return planLayer(squashfs, policy);
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
