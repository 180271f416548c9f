import { kindOf } from './detect/magic.ts';
import { expandedSource, sniffCompression, type ExpansionPolicy } from './expanded-source.ts';
import { invalidImage } from './failure.ts';
import { openSource, type ImageInput, type Source } from './source.ts';
import { parseHeader } from './tar/parse-header.ts';
import { openTarArchive, type TarArchive } from './tar/tar-archive.ts';
import { blockSize } from './tar/tar-header.ts';

/**
 * Opens a tar archive, compressed or not, by its content.
 * @throws FairleadError `INVALID_IMAGE` naming what it is instead, `CORRUPT_IMAGE`, `IMAGE_NOT_FOUND`, `ACCESS_DENIED`
 */
export async function openArchive(
  input: ImageInput,
  { signal, expansion }: { readonly signal: AbortSignal; readonly expansion?: ExpansionPolicy | undefined },
): Promise<TarArchive> {
  return archiveIn(await openSource(input, { signal }), expansion);
}

/** The archive in a source; disposing it disposes the source, and so does a failure. @throws as `openArchive` */
export async function archiveIn(plain: Source, expansion?: ExpansionPolicy): Promise<TarArchive> {
  const { path } = plain;
  try {
    const source = await expandIfCompressed(plain, expansion);
    const head = await readHead(source, blockSize);
    if (!startsLikeTar(head)) {
      const kind = kindOf(head);
      throw invalidImage(path, `is no tar archive, it is ${kind.name}`, kind.hint);
    }
    return await openTarArchive(source);
  } catch (error) {
    await plain[Symbol.asyncDispose]();
    throw error;
  }
}

/** The source itself, or its expanded content if it is compressed with something that can be expanded here. */
export async function expandIfCompressed(source: Source, expansion?: ExpansionPolicy): Promise<Source> {
  const compression = sniffCompression(await readHead(source, 4));
  return compression === 'none' ? source : expandedSource(source, compression, expansion);
}

/** The first bytes, as many as there are. */
export async function readHead(source: Source, length: number): Promise<Uint8Array> {
  if (!source.sequential) return source.read({ offset: 0, length: Math.min(length, source.size) });
  const parts: Uint8Array[] = [];
  let have = 0;
  for await (const part of source.all()) {
    parts.push(part);
    have += part.length;
    if (have >= length) break;
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** Whether the first block can be a tar header. */
export function startsLikeTar(head: Uint8Array): boolean {
  if (head.length < blockSize) return false;
  const header = parseHeader(head.subarray(0, blockSize));
  return header !== undefined && !('problem' in header);
}
