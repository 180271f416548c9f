import {
  FairleadError,
  type ConvertCall,
  type ConvertedImage,
  type FileImageRef,
  type ImageConverter,
} from '@fairlead/core';
import { openLayerCache, type LayerCache } from '../cache/layer-cache.ts';
import { deadline } from '../deadline.ts';
import { openSource, type Source } from '../source.ts';
import { tarEnd, tarHeader, tarPadding } from '../tar/tar-header.ts';
import {
  findFileSystem,
  identifySif,
  readSifImage,
  type Found,
  type SifIdentity,
  type SifOptions,
} from './sif-image.ts';
import { archivedLayer } from './archived-layer.ts';
import { explainSif } from './explain-sif.ts';
import { digestSource } from './source-digest.ts';

/** Turns a SIF, or the squashfs that it holds, into the archive that engines load; nothing is written to disk. */
export const sifConverter: ImageConverter = createSifConverter();

/** The converter with another mode, other limits, or a cache. @throws FairleadError `INVALID_SPEC` */
export function createSifConverter(sifOptions: SifOptions = {}): ImageConverter {
  const opened = sifOptions.cache && openLayerCache(sifOptions.cache);
  // What is in it says of itself what it was made of: only the source is signed.
  const cache = sifOptions.verify === undefined ? opened : undefined;
  return {
    from: ['sif', 'squashfs'],
    to: 'docker-archive',
    verifies: sifOptions.verify !== undefined,
    open: (image, options) => openConverted(image, options, { sifOptions, cache }),
    explain: (image, options) => explainSif(image.path, options, sifOptions),
  };
}

async function openConverted(image: FileImageRef, options: ConvertCall, how: How): Promise<ConvertedImage> {
  const { format, path, member } = image;
  if ((format !== 'sif' && format !== 'squashfs') || member !== undefined) {
    const message = `no image of format ${format}${member === undefined ? '' : ' with a name in it'} can be converted here`;
    throw new FairleadError({ code: 'CONVERSION_FAILED', message });
  }
  const limit = deadline(options, 'convert');
  try {
    const source = await openSource(path, { signal: limit.signal });
    try {
      // Before anything else: also an image that an engine has already is not run unverified.
      const { verify } = how.sifOptions;
      const found = verify === undefined ? undefined : await findFileSystem(source, how.sifOptions);
      const identity = identifySif(await digestSource(source, options), how.sifOptions);
      limit.stopClock();
      const name = `localhost/fairlead/sif:${identity.identity.hex.slice(0, 40)}`;
      return {
        name,
        labels: identity.labels,
        stream: () => sifArchive({ ...how, source, found, identity, name, call: options }),
        async [Symbol.asyncDispose]() {
          limit[Symbol.dispose]();
          await source[Symbol.asyncDispose]();
        },
      };
    } catch (error) {
      await source[Symbol.asyncDispose]();
      throw error;
    }
  } catch (error) {
    limit[Symbol.dispose]();
    throw error;
  }
}

interface How {
  readonly sifOptions: SifOptions;
  readonly cache: LayerCache | undefined;
}

interface Archiving extends How {
  readonly source: Source;
  /** What was verified in it; undefined where nobody asked for that. */
  readonly found: Found | undefined;
  readonly identity: SifIdentity;
  readonly name: string;
  readonly call: ConvertCall;
}

/**
 * A docker-archive whose layer comes first: only its end tells its digest, which the configuration needs. Docker 20.10
 * and later and Podman read it from a pipe in that order.
 */
async function* sifArchive(archiving: Archiving): AsyncGenerator<Uint8Array, void, void> {
  const { source, found, identity, name, sifOptions, cache } = archiving;
  const { onProgress, owner } = archiving.call;
  const { layer, config } = await readSifImage(source, sifOptions, found);
  const totalBytes = layer.size;
  const onBytes = (bytes: number): void => onProgress?.({ phase: 'converting', bytes, totalBytes });
  const key = identity.layerKey;
  const { name: member, diffId } = yield* archivedLayer({ layer, source, key, cache, owner, onBytes });
  const { digest, stream } = config(diffId, identity.labels);
  for await (const bytes of stream()) yield* file(`${digest.hex}.json`, bytes);
  const manifest = [{ Config: `${digest.hex}.json`, RepoTags: [name], Layers: [member] }];
  yield* file('manifest.json', new TextEncoder().encode(JSON.stringify(manifest)));
  yield tarEnd();
}

function* file(name: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield tarHeader({ name, type: 'file', size: bytes.length });
  yield bytes;
  yield tarPadding(bytes.length);
}
