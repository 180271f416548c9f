import { stat } from 'node:fs/promises';
import { FairleadError, type Call, type FileImageFormat, type ImageConfig } from '@fairlead/core';
import { readHead } from '../archive.ts';
import { openStoredImage } from '../convert/stored-image.ts';
import { deadline } from '../deadline.ts';
import { describeSandbox } from '../describe/describe-sandbox.ts';
import { describeSif } from '../describe/describe-sif.ts';
import { chooseImage } from '../oci/choose-image.ts';
import { parseConfig } from '../oci/parse-config.ts';
import { readImage } from '../oci/read-image.ts';
import { openSif, type Sif } from '../sif/open-sif.ts';
import { startsLikeSif } from '../sif/sif-header.ts';
import { sifStore } from '../sif/sif-store.ts';
import { openSource, type ImageInput, type Source } from '../source.ts';
import { findFile, readSmallFile } from '../squashfs/find-file.ts';
import type { Squashfs } from '../squashfs/squashfs.ts';
import { choiceOf, knowInput, openRootSquashfs, type ImageChoice } from '../tree/open-tree.ts';
import { inspectSif, type SifInspection } from './inspect-sif.ts';

/** What an image is, without unpacking it. */
export interface ImageInspection {
  readonly format: FileImageFormat;
  /** How it wants to run, labels and architecture included; undefined where nothing says so. */
  readonly config: ImageConfig | undefined;
  /** Of a SIF or squashfs: the script that runs. */
  readonly runscript: string | undefined;
  /** Of a SIF or OCI-SIF. */
  readonly sif: SifInspection | undefined;
  /** Of a SIF or squashfs: its root file system, as far as its superblock tells. */
  readonly fileSystem: FileSystemInspection | undefined;
  /** Of an OCI image, from the lowest to the highest. */
  readonly layers: readonly LayerInspection[] | undefined;
  /** Why a SIF, all of whose objects are told, does not tell the rest: what runs is damaged, or several images are meant. */
  readonly problem: FairleadError | undefined;
}

/** A squashfs file system. */
export interface FileSystemInspection {
  readonly compression: string;
  readonly blockSize: number;
  readonly inodes: number;
  /** Without padding. */
  readonly bytes: number;
}

/** A layer as it is stored. */
export interface LayerInspection {
  readonly mediaType: string;
  /** Undefined: nothing tells that of the stored bytes. */
  readonly digest: string | undefined;
  readonly diffId: string;
  readonly bytes: number;
}

/** Which image to inspect. */
export interface InspectImageOptions extends ImageChoice, Call {}

/**
 * What an image is: format, configuration, labels, runscript; of a SIF every object, partition and signature, also of
 * one that holds no root file system, or one that is encrypted. Reads descriptions and superblocks, no content.
 * @throws FairleadError `IMAGE_NOT_FOUND`, `ACCESS_DENIED`, `INVALID_IMAGE`, `CORRUPT_IMAGE`, `PLATFORM_MISMATCH`
 */
export async function inspectImage(input: ImageInput, options: InspectImageOptions = {}): Promise<ImageInspection> {
  using limit = deadline(options, 'inspect');
  const { signal } = limit;
  if (typeof input === 'string' && (await isFolder(input))) return await inspectFolder(input, options, signal);
  await using source = await openSource(input, { signal });
  if (startsLikeSif(await readHead(source, 64))) return await inspectSifImage(source, options);
  const { format } = await knowInput(input, signal);
  if (format === 'oci-archive' || format === 'docker-archive') {
    return await inspectStored({ format, input, path: source.path }, options, signal);
  }
  if (format !== 'squashfs') return { ...nothing, format };
  const squashfs = await openRootSquashfs(source);
  return { ...nothing, format, runscript: await readRunscript(squashfs), fileSystem: fileSystemOf(squashfs) };
}

const nothing = {
  config: undefined,
  runscript: undefined,
  sif: undefined,
  fileSystem: undefined,
  layers: undefined,
  problem: undefined,
};

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    // What cannot be looked at is told by whoever opens it.
    () => false,
  );
}

async function inspectFolder(input: string, options: ImageChoice, signal: AbortSignal): Promise<ImageInspection> {
  const { format, path } = await knowInput(input, signal);
  if (format === 'oci-layout') return inspectStored({ format, input: undefined, path }, options, signal);
  return { ...nothing, format, config: await describeSandbox(path, signal) };
}

interface Stored {
  readonly format: 'oci-layout' | 'oci-archive' | 'docker-archive';
  readonly input: ImageInput | undefined;
  readonly path: string;
}

async function inspectStored(
  { format, input, path }: Stored,
  choice: ImageChoice,
  signal: AbortSignal,
): Promise<ImageInspection> {
  const reference = { format, path, member: choice.member };
  await using image = await openStoredImage(reference, { ...choiceOf(choice), signal, input });
  const layers = image.layers.map(({ mediaType, digest, diffId, size }) => ({
    mediaType,
    digest: digest?.text,
    diffId: diffId.text,
    bytes: size,
  }));
  return { ...nothing, format, layers, config: parseConfig(image.configJson, { path, where: 'its config' }) };
}

async function inspectSifImage(source: Source, choice: ImageChoice): Promise<ImageInspection> {
  const sif = await openSif(source);
  const inspection = await inspectSif(source, sif);
  const oci = sif.primary === undefined && sif.objects.some(({ type }) => type === 'oci-root-index');
  const told = { ...nothing, format: oci ? ('oci-sif' as const) : ('sif' as const), sif: inspection };
  try {
    return { ...told, ...(oci ? await inspectOciSif(source, sif, choice) : await inspectRoot(source, sif)) };
  } catch (problem) {
    source.signal.throwIfAborted();
    if (!FairleadError.is(problem)) throw problem;
    return { ...told, problem };
  }
}

async function inspectRoot(source: Source, sif: Sif): Promise<Partial<ImageInspection>> {
  const config = await describeSif(source);
  if (sif.primary?.fileSystem !== 'squashfs') return { config };
  const squashfs = await openRootSquashfs(source);
  return { config, runscript: await readRunscript(squashfs), fileSystem: fileSystemOf(squashfs) };
}

async function inspectOciSif(
  source: Source,
  sif: Sif,
  choice: ImageChoice,
): Promise<Pick<ImageInspection, 'config' | 'layers'>> {
  const store = sifStore(source, sif);
  const { config, layers, diffIds } = await readImage(store, await chooseImage(store, choiceOf(choice)));
  return {
    config: parseConfig(config.json, { path: source.path, where: 'its config' }),
    layers: layers.map(({ mediaType, digest, size }, at) => ({
      mediaType,
      digest: digest.text,
      diffId: diffIds[at]?.text ?? digest.text,
      bytes: size,
    })),
  };
}

function fileSystemOf({ superblock }: Squashfs): FileSystemInspection {
  const { compression, blockSize, inodes, bytesUsed } = superblock;
  return { compression, blockSize, inodes, bytes: bytesUsed };
}

async function readRunscript(squashfs: Squashfs): Promise<string | undefined> {
  for (const path of ['/.singularity.d/runscript', '/singularity']) {
    const file = await findFile(squashfs, path);
    if (file?.type === 'file') return (await readSmallFile(squashfs, file)).toString('utf8');
  }
  return undefined;
}
