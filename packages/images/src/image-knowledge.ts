import type { ImageKnowledge } from '@fairlead/core';
import { ociConverter } from './convert/oci-converter.ts';
import { ociSifConverter } from './convert/oci-sif-converter.ts';
import { sifConverter } from './convert/sif-converter.ts';
import { describeImage } from './describe/describe-image.ts';
import { detectImage } from './detect/detect-input.ts';

/** Everything this package knows of image files, in the form in which managers take it. */
export const imageKnowledge: ImageKnowledge = {
  detect: detectImage,
  describe: describeImage,
  converters: [ociConverter, sifConverter, ociSifConverter],
};
