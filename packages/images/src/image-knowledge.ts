import type { ImageKnowledge } from '@fairlead/core';
import { createOciConverter } from './convert/oci-converter.ts';
import { createOciSifConverter } from './convert/oci-sif-converter.ts';
import { createSifConverter } from './convert/sif-converter.ts';
import type { SifOptions } from './convert/sif-image.ts';
import { describeImage } from './describe/describe-image.ts';
import { detectImage } from './detect/detect-input.ts';
import { createSifMounter } from './mount/sif-mounter.ts';
import { hostArchitecture } from './oci/platform.ts';
import { verifyImageFile } from './sif/verify-image-file.ts';

/** How image files are to be treated, format by format. */
export interface ImageOptions {
  /**
   * How a SIF becomes an image for engines that do not run it as it is; mode and cache are not for an OCI-SIF. `verify`
   * is for every engine: also one that runs a SIF as it is gets none that does not verify, and no bare file system.
   * Layouts and archives, which have no signatures that are looked at, are refused then, unless `otherFormats` says else.
   */
  readonly sif?: SifOptions | undefined;
  /** Which image to take of those for several machines; GOARCH word. Default: this machine's. */
  readonly architecture?: string | undefined;
}

/**
 * Everything this package knows of image files, in the form in which managers take it.
 * `select('model.sif', { images: createImageKnowledge({ sif: { mode: 'oci' } }) })`
 */
export function createImageKnowledge({
  sif = {},
  architecture = hostArchitecture(),
}: ImageOptions = {}): ImageKnowledge {
  const { mode: _mode, cache: _cache, ...ociSif } = sif;
  const converters = [
    createOciConverter(architecture),
    createSifConverter(sif),
    createOciSifConverter({ ...ociSif, architecture }),
  ];
  const { verify } = sif;
  return {
    detect: detectImage,
    describe: (image, call) => describeImage(image, { ...call, architecture }),
    converters,
    mounter: createSifMounter(sif),
    ...(verify && { verify: (image, call) => verifyImageFile(image, call, verify) }),
  };
}

/** The same with every option at its default. */
export const imageKnowledge: ImageKnowledge = createImageKnowledge();
