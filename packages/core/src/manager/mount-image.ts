import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError, type ErrorCode } from '../errors.ts';
import type { EnsuredImage, FileImageFormat, FileImageRef, ImageRef } from '../image/image.ts';
import type { MountableImage } from '../image/mounter.ts';
import type { UsableProbe } from '../probe.ts';
import type { Refusal, Support } from '../support.ts';
import type { ManagerContext } from './context.ts';

type Mounting = Pick<ManagerContext, 'backend' | 'images' | 'mount'>;

/** The formats that a manager runs over a mount, where its engine can do that. */
export function mountableFormats({ backend, images, mount }: Mounting): readonly FileImageFormat[] {
  if (mount === 'never') return [];
  return (images?.mounter?.from ?? []).filter((format) => !backend.formats.includes(format));
}

/** What is to be mounted for an image; undefined where it is run, loaded or converted instead. */
export async function describeMount(
  context: ManagerContext,
  image: ImageRef,
  call: BackendCall,
): Promise<MountableImage | undefined> {
  const mounter = context.images?.mounter;
  if (mounter === undefined || image.format === 'registry') return undefined;
  if (!mountableFormats(context).includes(image.format)) return undefined;
  const probe = await context.probes.usable(call);
  if (supportOf(probe).kind === 'unsupported') return undefined;
  const described = await mounter.describe(image, call);
  requireArchitecture(context.name, described, probe.architecture);
  return described;
}

/** The same as a refusal: why an image that would be mounted cannot be, be it run by another engine all the same. */
export async function refusalsOfMount(
  context: ManagerContext,
  image: ImageRef,
  call: BackendCall,
): Promise<readonly Refusal[]> {
  try {
    await describeMount(context, image, call);
    return [];
  } catch (error) {
    call.signal.throwIfAborted();
    if (!FairleadError.is(error) || !aboutTheImage.has(error.code)) throw error;
    const [reason = error.message] = error.message.split('\n');
    return [{ key: 'images.mount', reason, hint: error.hint }];
  }
}

const aboutTheImage: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONVERSION_FAILED',
  'CORRUPT_IMAGE',
  'INVALID_IMAGE',
  'PLATFORM_MISMATCH',
  'POLICY_DENIED',
]);

/** An image, and what of it was described to be mounted. */
export interface DescribedMount {
  readonly image: FileImageRef;
  readonly mounted: MountableImage;
}

/** Makes sure that what was described can be mounted, as far as its metadata tells. @throws FairleadError as `ImageMounter.check` */
export async function ensureMountable(
  { images }: Pick<ManagerContext, 'images'>,
  { image, mounted }: DescribedMount,
  call: BackendCall,
): Promise<EnsuredImage> {
  if (images?.mounter === undefined) throw new Error('only a mounter describes what is to be mounted');
  await images.mounter.check(image, mounted, call);
  return { id: mounted.file.path };
}

/** Why an image file that is to be mounted and nothing else cannot be. */
export function refuseMount({ images, mount }: Mounting, image: ImageRef, probe: UsableProbe): readonly Refusal[] {
  if (mount !== 'always' || image.format === 'registry') return [];
  const support = supportOf(probe);
  if (support.kind === 'unsupported') return [{ key: 'images.mount', reason: support.reason, hint: support.hint }];
  if (images?.mounter?.from.includes(image.format) === true) return [];
  return [{ key: 'images.mount', reason: `an image of format ${image.format} has no file system that can be mounted` }];
}

/** A backend made for an older version of the contract does not know this key. */
function supportOf({ supports }: UsableProbe): Support {
  const told: Support | undefined = supports['images.mount'];
  return told ?? { kind: 'unsupported', reason: 'it takes no position on this' };
}

function requireArchitecture(backend: string, { file, config }: MountableImage, architecture: string): void {
  if (config.architecture === undefined || config.architecture === architecture) return;
  throw new FairleadError({
    code: 'PLATFORM_MISMATCH',
    backend,
    operation: 'images.ensure',
    message: `${JSON.stringify(file.path)} is for ${config.architecture}, and this engine runs ${architecture}`,
    hint: 'Choose an image that is built for this platform.',
    details: { path: file.path, architecture: config.architecture },
  });
}
