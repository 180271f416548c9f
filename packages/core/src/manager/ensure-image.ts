import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError } from '../errors.ts';
import type { VerifiedImage } from '../image/converter.ts';
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

/** An image that is ready to run. */
export interface ReadyImage {
  readonly ensured: EnsuredImage;
  /** To be asked when the engine has opened it: a file that was verified must still be that. @throws FairleadError `CORRUPT_IMAGE` */
  checkUnchanged(): Promise<void>;
}

/**
 * Has the engine make an image ready: checks what is to be mounted, or converts and loads what the engine does not
 * take as it is. Signatures, if they are asked for, are verified before either.
 */
export async function ensureImage(
  context: ManagerContext,
  { image, mounted }: Pick<ResolvedImage, 'image' | 'mounted'>,
  call: EnsureCall,
): Promise<ReadyImage> {
  const { formats, loads, images } = context.backend;
  if (image.format === 'registry') {
    if (!formats.includes(image.format)) throw unrunnable(context, image.format);
    return ready({ name: image.name, ...(await images.ensure(image, call)) });
  }
  if (mounted !== undefined) return ready(await ensureMountable(context, { image, mounted }, call));
  const { format } = image;
  const converter = context.images?.converters.find(({ from, to }) => from.includes(format) && loads.includes(to));
  if (!formats.includes(format) && converter === undefined) throw unrunnable(context, format);
  const converts = formats.includes(format) ? undefined : converter;
  const verified = converts?.verifies === true ? undefined : await context.images?.verify?.(image, call);
  const file = verified?.image ?? image;
  // What is converted lies in the engine's own store: its file does not matter any more.
  if (converts !== undefined) return ready(await loadOnce(context, { converter: converts, image: file }, call));
  const ensured = await images.ensure(file, call);
  await verified?.checkUnchanged();
  return ready(ensured, verified);
}

function ready(ensured: EnsuredImage, verified?: VerifiedImage): ReadyImage {
  return { ensured, checkUnchanged: async () => verified?.checkUnchanged() };
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
