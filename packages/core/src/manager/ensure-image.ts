import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError } from '../errors.ts';
import type { EnsuredImage, ImageConfig, ImageFormat, ImageRef, UndetectedImage } from '../image/image.ts';
import type { MountableImage } from '../image/mounter.ts';
import { parseImageReference } from '../image/reference.ts';
import type { ManagerContext } from './context.ts';
import type { EnsureCall } from './ensure-call.ts';
import { unsupportedError, wrongFormat } from './guard.ts';
import { loadOnce } from './load-once.ts';
import { describeMount, ensureMountable } from './mount-image.ts';

/** An image whose format is known, and what it says of itself. */
export interface ResolvedImage {
  readonly image: ImageRef;
  readonly config: ImageConfig | undefined;
  /** What is mounted to run it, if anything is. */
  readonly mounted?: MountableImage | undefined;
}

/** The formats that a manager runs: its backend's own, then those that a converter turns into one it loads. */
export function runnableFormats({
  backend,
  images,
}: Pick<ManagerContext, 'backend' | 'images'>): readonly ImageFormat[] {
  const { formats, loads } = backend;
  const converted = (images?.converters ?? []).filter((c) => loads.includes(c.to)).flatMap((c) => c.from);
  return [...new Set<ImageFormat>([...formats, ...converted])];
}

/**
 * Tells what a reference means, by content where it is a path.
 * @throws FairleadError `INVALID_IMAGE`, `IMAGE_NOT_FOUND`, `CORRUPT_IMAGE`
 */
export async function resolveImage(
  context: ManagerContext,
  image: string | ImageRef,
  call: BackendCall,
): Promise<ResolvedImage> {
  const { images } = context;
  const parsed = typeof image === 'string' ? parseImageReference(image) : image;
  if (parsed.format === 'registry') return { image: parsed, config: undefined };
  if (parsed.format !== 'unknown') return { image: parsed, config: await images?.describe(parsed, call) };
  if (images === undefined) throw undetected(context, parsed);
  const detected = await images.detect(parsed.path, call);
  return { image: detected, config: await images.describe(detected, call) };
}

/** The same with what is mounted to run it, whose configuration then counts. */
export async function withMount(
  context: ManagerContext,
  resolved: ResolvedImage,
  call: BackendCall,
): Promise<ResolvedImage> {
  const mounted = await describeMount(context, resolved.image, call);
  return mounted === undefined ? resolved : { ...resolved, config: mounted.config, mounted };
}

/** Has the engine make an image ready; mounts, or converts and loads it where the engine does not take its format. */
export async function ensureImage(context: ManagerContext, image: ImageRef, call: EnsureCall): Promise<EnsuredImage> {
  const { formats, loads, images } = context.backend;
  if (formats.includes(image.format)) {
    const ensured = await images.ensure(image, call);
    return image.format === 'registry' ? { name: image.name, ...ensured } : ensured;
  }
  if (image.format === 'registry') throw unrunnable(context, image.format);
  const mountable = await ensureMountable(context, image, call);
  if (mountable !== undefined) return mountable;
  const { format } = image;
  const converter = context.images?.converters.find(({ from, to }) => from.includes(format) && loads.includes(to));
  if (converter === undefined) throw unrunnable(context, format);
  return loadOnce(context, { converter, image }, call);
}

function undetected(context: ManagerContext, image: UndetectedImage): FairleadError {
  return new FairleadError({
    code: 'INVALID_IMAGE',
    backend: context.name,
    message: `nothing here can tell the format of the file ${JSON.stringify(image.path)}`,
    hint: 'Write its format before the path, as in sif:/a/model, or use the fairlead package, which detects it.',
    details: { path: image.path },
  });
}

function unrunnable(context: ManagerContext, format: ImageFormat): FairleadError {
  return unsupportedError(context.name, [{ key: 'image', reason: wrongFormat(format, runnableFormats(context)) }]);
}
