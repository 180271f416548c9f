import { FairleadError, type FileImageFormat, type ImageKnowledge } from '@fairlead/core';
import type { BackendCall } from '@fairlead/core/backend';
import type { Artifact } from './artifact.ts';
import type { SelectedConversion } from './selection.ts';

/** Who could convert, and what the chosen engine loads. */
export interface Converters {
  readonly images: ImageKnowledge;
  /** Undefined: nobody knows, and any converter may be it. */
  readonly loads: readonly FileImageFormat[] | undefined;
}

/** What the image becomes for an engine that loads these formats. An image that cannot be read is told by whoever runs it. */
export async function explainConversion(
  artifact: Artifact,
  { images, loads }: Converters,
  call: BackendCall,
): Promise<SelectedConversion | undefined> {
  if (artifact.kind === 'manifest' || artifact.image.format === 'registry') return undefined;
  const { image } = artifact;
  const converter = images.converters.find(
    ({ from, to }) => from.includes(image.format) && loads?.includes(to) !== false,
  );
  if (converter === undefined) return undefined;
  const how = await converter.explain?.(image, call).catch((error: unknown) => {
    call.signal.throwIfAborted();
    if (!FairleadError.is(error)) throw error;
    return undefined;
  });
  return { from: image.format, to: converter.to, how };
}
