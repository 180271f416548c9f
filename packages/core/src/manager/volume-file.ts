import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError } from '../errors.ts';
import type { Volume } from '../volume.ts';
import type { ManagerContext } from './context.ts';
import { requireSupported, undeclared } from './guard.ts';
import { requireKnown } from './known-options.ts';
import { volumeGroup, volumeNotFound } from './volume-group.ts';

/** Largest file in bytes that is read without being told otherwise. */
const defaultMaxBytes: number = 256 * 1024 * 1024;

/** A file of a volume, and how it is to be read. */
export interface VolumeFile {
  readonly name: string;
  readonly path: string;
  readonly options: Parameters<Volume['readFile']>[1];
}

/** The bytes of one file of a volume. */
export async function readVolumeFile(
  context: ManagerContext,
  { name, path, options = {} }: VolumeFile,
  call: BackendCall,
): Promise<Uint8Array> {
  requireKnown('readFile', options, ['maxBytes']);
  const { maxBytes = defaultMaxBytes } = options;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 0) {
    throw invalid(context, `maxBytes is ${maxBytes}`, 'Give a whole number of bytes.');
  }
  const parts = path.split('/');
  if (path.includes('\0') || parts.includes('..') || parts.includes('')) throw strayPath(context, path);
  const group = await volumeGroup(context, call);
  const { supports } = await context.probes.usable(call);
  requireSupported(context.name, undeclared(['volumes.readFile'], supports));
  if ((await group.inspect(name, call)) === undefined) throw volumeNotFound(context, name);
  return group.readFile(name, parts.filter((part) => part !== '.').join('/'), { ...call, maxBytes });
}

function strayPath(context: ManagerContext, path: string): FairleadError {
  const hint = 'Give a relative path without .., for example results/model.json.';
  return invalid(context, `${JSON.stringify(path)} is no path inside the volume`, hint);
}

function invalid(context: ManagerContext, message: string, hint: string): FairleadError {
  return new FairleadError({ code: 'INVALID_SPEC', backend: context.name, operation: 'readFile', message, hint });
}
