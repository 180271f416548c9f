import {
  FairleadError,
  type ConvertedImage,
  type FileImageRef,
  type ImageConverter,
  type Progress,
  type ProgressCall,
} from '@fairlead/core';
import { deadline } from '../deadline.ts';
import { packLayer } from '../layer/pack-layer.ts';
import { openSource } from '../source.ts';
import { tarEnd, tarHeader, tarPadding } from '../tar/tar-header.ts';
import { readSifImage, type SifImage, type SifOptions } from './sif-image.ts';

/** Turns a SIF, or the squashfs that it holds, into the archive that engines load; nothing is written to disk. */
export const sifConverter: ImageConverter = createSifConverter();

/** The converter with another mode, or other limits. */
export function createSifConverter(sifOptions: SifOptions = {}): ImageConverter {
  return {
    from: ['sif', 'squashfs'],
    to: 'docker-archive',
    open: (image, options) => openConverted(image, options, sifOptions),
  };
}

async function openConverted(
  image: FileImageRef,
  options: ProgressCall,
  sifOptions: SifOptions,
): Promise<ConvertedImage> {
  const { format, path, member } = image;
  if ((format !== 'sif' && format !== 'squashfs') || member !== undefined) {
    const message = `no image of format ${format}${member === undefined ? '' : ' with a name in it'} can be converted here`;
    throw new FairleadError({ code: 'CONVERSION_FAILED', message });
  }
  const limit = deadline(options, 'convert');
  try {
    const source = await openSource(path, { signal: limit.signal });
    try {
      const sif = await readSifImage(source, sifOptions);
      limit.stopClock();
      const name = `localhost/fairlead/sif:${sif.identity.hex.slice(0, 40)}`;
      return {
        name,
        stream: () => sifArchive(sif, { name, onProgress: options.onProgress }),
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

/**
 * A docker-archive whose layer comes first: only its end tells its digest, which the configuration needs. Docker 20.10
 * and later and Podman read it from a pipe in that order.
 */
async function* sifArchive(
  { layer, config }: SifImage,
  options: { readonly name: string; readonly onProgress: ((progress: Progress) => void) | undefined },
): AsyncGenerator<Uint8Array, void, void> {
  const { name, onProgress } = options;
  const totalBytes = layer.size;
  yield tarHeader({ name: 'layer.tar', type: 'file', size: totalBytes });
  const onBytes = (bytes: number): void => onProgress?.({ phase: 'converting', bytes, totalBytes });
  const { diffId } = yield* packLayer(layer, { compression: 'none', onBytes });
  yield tarPadding(totalBytes);
  await layer.squashfs.source.checkUnchanged();
  const { digest, stream } = config(diffId);
  for await (const bytes of stream()) yield* file(`${digest.hex}.json`, bytes);
  const manifest = [{ Config: `${digest.hex}.json`, RepoTags: [name], Layers: ['layer.tar'] }];
  yield* file('manifest.json', new TextEncoder().encode(JSON.stringify(manifest)));
  yield tarEnd();
}

function* file(name: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield tarHeader({ name, type: 'file', size: bytes.length });
  yield bytes;
  yield tarPadding(bytes.length);
}
