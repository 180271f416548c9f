import type { ImageKnowledge } from '@fairlead/core';

/** What this package knows of image files. Readers and converters are loaded when an image is first looked at. */
export async function loadImageKnowledge(): Promise<ImageKnowledge> {
  return (await import('@fairlead/images')).imageKnowledge;
}
