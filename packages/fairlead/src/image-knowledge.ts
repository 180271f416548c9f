import type { ImageKnowledge } from '@fairlead/core';
import type { ImageOptions } from '@fairlead/images';

/**
 * What this package knows of image files, with options of one's own.
 * `select('model.sif', { images: await loadImageKnowledge({ sif: { mode: 'oci' } }) })`
 * Readers and converters are loaded when this is called, by `select` and `connect` as well.
 */
export async function loadImageKnowledge(options: ImageOptions = {}): Promise<ImageKnowledge> {
  return (await import('@fairlead/images')).createImageKnowledge(options);
}
