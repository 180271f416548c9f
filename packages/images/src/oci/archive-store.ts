import { invalidImage } from '../failure.ts';
import type { TarArchive } from '../tar/tar-archive.ts';
import type { BlobStore } from './blob-store.ts';
import type { Digest } from './digest.ts';

/** The blobs of an OCI layout in a tar archive. Disposing it disposes the archive. */
export function archiveStore(archive: TarArchive): BlobStore {
  const nameOf = ({ algorithm, hex }: Digest): string => `blobs/${algorithm}/${hex}`;
  return {
    path: archive.path,
    signal: archive.signal,
    readIndex: () => readIndex(archive),
    sizeOf: async (digest) => archive.sizeOf(nameOf(digest)),
    stream: (digest) => archive.stream(nameOf(digest)),
    [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
  };
}

async function readIndex(archive: TarArchive): Promise<Uint8Array> {
  if (archive.sizeOf('index.json') !== undefined) return archive.read('index.json');
  const docker = archive.sizeOf('manifest.json') !== undefined;
  const hint = docker ? `It is a docker-archive: docker-archive:${archive.path}` : undefined;
  throw invalidImage(archive.path, 'is no OCI archive: it has no index.json', hint);
}
