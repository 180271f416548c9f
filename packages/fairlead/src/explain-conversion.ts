import { FairleadError, type FileImageFormat, type ImageKnowledge, type Verdict } from '@fairlead/core';
import type { BackendCall } from '@fairlead/core/backend';
import type { Artifact } from './artifact.ts';
import type { SelectedConversion } from './selection.ts';

/** What was chosen, who could convert for it, and what it loads. */
export interface Converters {
  readonly chosen: Verdict;
  readonly images: ImageKnowledge;
  /** Undefined: nobody knows, and any converter may be it. */
  readonly loads: readonly FileImageFormat[] | undefined;
}

/** What the image becomes for the chosen engine; undefined where it is run as it is. An image that cannot be read is told by whoever runs it. */
export async function explainConversion(
  artifact: Artifact,
  { chosen, images, loads }: Converters,
  call: BackendCall,
): Promise<SelectedConversion | undefined> {
  if (artifact.kind === 'manifest' || artifact.image.format === 'registry') return undefined;
  const { image } = artifact;
  const converter = images.converters.find(
    ({ from, to }) => from.includes(image.format) && loads?.includes(to) !== false,
  );
  const way = chosen.mounts ? images.mounter : chosen.converts ? converter : undefined;
  if (way === undefined) return undefined;
  const how = await way.explain?.(image, call).catch((error: unknown) => {
    call.signal.throwIfAborted();
    if (!FairleadError.is(error)) throw error;
    return undefined;
  });
  return { from: image.format, to: 'to' in way ? way.to : 'mount', how };
}
