import type { Call, FileImageRef, ImageConfig } from '@fairlead/core';
import { openStoredImage } from '../convert/stored-image.ts';
import { deadline } from '../deadline.ts';
import { invalidImage } from '../failure.ts';
import { parseObject } from '../json.ts';
import { chooseImage } from '../oci/choose-image.ts';
import { parseConfig } from '../oci/parse-config.ts';
import { hostArchitecture } from '../oci/platform.ts';
import { readImage } from '../oci/read-image.ts';
import { openSif } from '../sif/open-sif.ts';
import { sifStore } from '../sif/sif-store.ts';
import { openSource } from '../source.ts';
import { describeSandbox } from './describe-sandbox.ts';
import { describeSif } from './describe-sif.ts';

/** How to describe an image. */
export interface DescribeImageOptions extends Call {
  /** Which image to take of those for several machines; GOARCH word. Default: this machine's. */
  readonly architecture?: string | undefined;
}

/**
 * What an image says about how it wants to run, without unpacking it; undefined for a bare file system, which says nothing.
 * @throws FairleadError `IMAGE_NOT_FOUND`, `ACCESS_DENIED`, `INVALID_IMAGE`, `CORRUPT_IMAGE`, `PLATFORM_MISMATCH`
 */
export async function describeImage(
  image: FileImageRef,
  options: DescribeImageOptions = {},
): Promise<ImageConfig | undefined> {
  using limit = deadline(options, 'describe');
  return await describe(image, { signal: limit.signal, architecture: options.architecture ?? hostArchitecture() });
}

interface Describing {
  readonly signal: AbortSignal;
  readonly architecture: string;
}

async function describe(image: FileImageRef, describing: Describing): Promise<ImageConfig | undefined> {
  const { format, path, member } = image;
  const { signal } = describing;
  if (format === 'oci-layout' || format === 'oci-archive' || format === 'docker-archive') {
    await using stored = await openStoredImage({ ...image, format }, describing);
    return parseConfig(stored.configJson, { path, where: 'its config' });
  }
  if (format === 'oci-sif') return describeOciSif(image, describing);
  if (member !== undefined) {
    throw invalidImage(
      path,
      `holds one image only, so ${JSON.stringify(member)} cannot be chosen`,
      'Leave the name out.',
    );
  }
  if (format === 'sandbox') return describeSandbox(path, signal);
  if (format !== 'sif') return undefined;
  await using source = await openSource(path, { signal });
  return await describeSif(source);
}

async function describeOciSif(
  { path, member }: FileImageRef,
  { signal, architecture }: Describing,
): Promise<ImageConfig> {
  await using source = await openSource(path, { signal });
  const store = sifStore(source, await openSif(source));
  const chosen = await chooseImage(store, { member, architecture });
  const { config } = await readImage(store, chosen);
  return parseConfig(parseObject(config.bytes, { path, where: 'its config' }), { path, where: 'its config' });
}
