import { realpath } from 'node:fs/promises';
import {
  FairleadError,
  type Call,
  type FileImageRef,
  type ImageConfig,
  type ImageMounter,
  type MountableImage,
} from '@fairlead/core';
import { explainSif } from '../convert/explain-sif.ts';
import { chooseSifConfig, readSifImage, type SifChoice, type SifOptions } from '../convert/sif-image.ts';
import { deadline } from '../deadline.ts';
import { corrupt, systemError } from '../failure.ts';
import { parseExecution } from '../oci/parse-config.ts';
import { sameStamp } from '../same-stamp.ts';
import { openSource, type Source } from '../source.ts';
import { findFile } from '../squashfs/find-file.ts';

/**
 * Has the squashfs of a SIF, or a bare one, mounted instead of converted; it runs as the converted one would. Undefined
 * where these options leave something out of a conversion: a mount would show it.
 */
export function createSifMounter(options: SifOptions = {}): ImageMounter | undefined {
  if (options.lossy === true || options.devices === 'leave-out') return undefined;
  return {
    from: ['sif', 'squashfs'],
    describe: (image, call) => withSource(image, call, (source) => describeMountable(source, options)),
    check: ({ format, member }, described, call) =>
      withSource({ format, member, path: described.file.path }, call, async (source) => {
        requireDescribed(source, described);
        await readSifImage(source, options);
        await source.checkUnchanged();
      }),
    explain: (image, call) => explainSif(image.path, call, options),
  };
}

async function withSource<T>(image: FileImageRef, call: Call, work: (source: Source) => Promise<T>): Promise<T> {
  const { format, path, member } = image;
  if ((format !== 'sif' && format !== 'squashfs') || member !== undefined) {
    const message = `no image of format ${format}${member === undefined ? '' : ' with a name in it'} can be mounted here`;
    throw new FairleadError({ code: 'CONVERSION_FAILED', message });
  }
  using limit = deadline(call, 'mount');
  // Links are followed once: the file that was looked at is the one that is mounted.
  const real = await realpath(path).catch((cause: unknown) => {
    throw systemError(path, cause);
  });
  await using source = await openSource(real, { signal: limit.signal });
  return await work(source);
}

/** What is checked must be what is mounted: the stamp of the description is compared again once it is. */
function requireDescribed({ path, stamp }: Source, { file }: MountableImage): void {
  if (stamp !== undefined && sameStamp(stamp, file)) return;
  const why = 'it was changed or replaced after it was looked at';
  throw corrupt({ path, where: 'its content', why, details: { changed: true } });
}

/** Signatures are looked at by `check`: they cost reading the whole file. */
async function describeMountable(source: Source, options: SifOptions): Promise<MountableImage> {
  const choice = await chooseSifConfig(source, { ...options, verify: undefined });
  const config = await configOf(source, choice);
  await source.checkUnchanged();
  if (source.stamp === undefined) throw new Error('a source that was opened by its path has a stamp');
  return { file: { path: source.path, ...source.stamp }, offset: choice.offset, config };
}

async function configOf(source: Source, { sif, squashfs, chosen }: SifChoice): Promise<ImageConfig> {
  const config = parseExecution(chosen.config, { path: source.path, where: 'its configuration' });
  const { workdir = '', volumes = [] } = config;
  const absent = workdir !== '' && (await findFile(squashfs, workdir))?.type !== 'directory';
  return {
    ...config,
    // Engines make an image's folder to start in where it is missing, but none that they are told: a volume makes it.
    volumes: absent ? [...volumes, workdir] : volumes,
    architecture: sif?.primary?.architecture ?? sif?.header.architecture,
  };
}
