import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError } from '../errors.ts';
import { openRecords } from '../estate/converter-records.ts';
import { parseProofText } from '../estate/parse-proof.ts';
import { judgeSession, type Session } from '../estate/session.ts';
import { takeLock, type HeldLock } from '../estate/state-lock.ts';
import type { ConvertedImage, ImageConverter, TemporaryOwner } from '../image/converter.ts';
import type { EnsuredImage, FileImageRef, FoundImage } from '../image/image.ts';
import type { ManagerContext } from './context.ts';
import { sleep } from './call-scope.ts';
import type { EnsureCall } from './ensure-call.ts';
import { giveImage } from './give-image.ts';
import { imageKey, loadedId, type LoadedId } from './loaded-id.ts';

/** How often an image is given to an engine that lost a race, and how long to wait after the first time, in milliseconds. */
const mostTries = 5;
const againMs = 100;

/** What to convert, and with what. */
export interface Conversion {
  readonly converter: ImageConverter;
  readonly image: FileImageRef;
}

/**
 * Has the engine know the image under its name. Asks it first; converts and loads only what it does not have, once
 * among all callers and processes that share this state folder: the others wait, and find it.
 */
export async function loadOnce(
  context: ManagerContext,
  { converter, image }: Conversion,
  call: EnsureCall,
): Promise<EnsuredImage> {
  call.onProgress({ phase: 'resolving', message: image.path });
  const { state, session } = context.estate;
  const kept = { records: openRecords(state, 'images'), owner: temporaryOwner(session) };
  await using converted = await converter.open(image, { ...call, ...kept });
  const own = { converted, loaded: loadedId(context, { name: converted.name, records: kept.records }, call) };
  const present = await findOwn(context, own, call);
  if (present !== undefined) return toEnsured(present, converted);
  await using _lock = await lockImage(context, converted.name, call);
  // Whoever had the lock has loaded it, unless it was cancelled or killed.
  const meanwhile = await findOwn(context, own, call);
  if (meanwhile !== undefined) return toEnsured(meanwhile, converted);
  await give(context, converted, call);
  const loaded = await context.backend.images.find?.(converted.name, call);
  if (loaded === undefined || !hasLabels(loaded, converted)) throw notKept(context, image.path, converted.name);
  if (!hasId(loaded, converted)) await own.loaded.remember(loaded);
  return toEnsured(loaded, converted);
}

function temporaryOwner({ proof }: Session): TemporaryOwner {
  const isDead = (mark: string): boolean => {
    const other = parseProofText(mark);
    return other !== undefined && judgeSession(other) === 'dead';
  };
  return { mark: JSON.stringify(proof), isDead };
}

/** What tells our image from others of its name. */
interface OwnImage {
  readonly converted: ConvertedImage;
  readonly loaded: LoadedId;
}

/** The image of that name, unless somebody else gave the name to another one. */
async function findOwn(
  { backend }: ManagerContext,
  { converted, loaded }: OwnImage,
  call: BackendCall,
): Promise<FoundImage | undefined> {
  const found = await backend.images.find?.(converted.name, call);
  if (found === undefined || !hasLabels(found, converted)) return undefined;
  return hasId(found, converted) || (await loaded.is(found)) ? found : undefined;
}

function hasLabels(found: FoundImage, { labels }: ConvertedImage): boolean {
  return Object.entries(labels).every(([key, value]) => found.labels[key] === value);
}

/** Engines write ids with their algorithm or without. */
function hasId(found: FoundImage, { ids }: ConvertedImage): boolean {
  const bare = (id: string): string => id.slice(id.indexOf(':') + 1);
  return ids === undefined || ids.some((id) => bare(id) === bare(found.id));
}

function toEnsured({ id, digest }: FoundImage, { name }: ConvertedImage): EnsuredImage {
  return { id, digest, name };
}

/** An engine that lost a layer to who removed another image with that layer takes it at the next try. */
async function give(context: ManagerContext, converted: ConvertedImage, call: EnsureCall): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await giveImage(context, converted, call);
    } catch (error) {
      if (!FairleadError.is(error, 'CONFLICT') || tries === mostTries) throw error;
      await sleep(againMs * tries, call.signal);
    }
  }
}

/** A host without a place for state converts without a lock: twice costs time, and gives the same image. */
async function lockImage(context: ManagerContext, name: string, call: EnsureCall): Promise<HeldLock | undefined> {
  const { engineId } = await context.probes.usable(call);
  const { state, session } = context.estate;
  const key = imageKey(engineId, name);
  const onWait = (): void => call.onProgress({ phase: 'waiting', message: `another call converts ${name}` });
  try {
    const folder = await state.folder('locks');
    return await takeLock({ folder, name: `image-${key}`, session, onWait }, call);
  } catch (error) {
    call.signal.throwIfAborted();
    const outOfReach = FairleadError.is(error, 'ACCESS_DENIED') || (error instanceof Error && 'syscall' in error);
    if (outOfReach) return undefined;
    throw error;
  }
}

function notKept(context: ManagerContext, path: string, name: string): FairleadError {
  return new FairleadError({
    code: 'ENGINE_FAILURE',
    backend: context.name,
    operation: 'load',
    message: `the engine took ${JSON.stringify(path)} and does not know it as ${name} afterwards`,
    details: { path, name },
  });
}
