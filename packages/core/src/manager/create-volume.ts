import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { BackendVolume, BackendVolumes } from '../backend/backend.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import type { Call } from '../call.ts';
import { FairleadError } from '../errors.ts';
import { label, ownLabels } from '../estate/labels.ts';
import { fieldSchemas } from '../field-schemas.ts';
import { invalidSpec, toIssues } from '../invalid-spec.ts';
import type { Volume, VolumeSpec } from '../volume.ts';
import { inOwnTime } from './call-scope.ts';
import { plainCall, type ManagerContext } from './context.ts';
import { withoutOwn } from './info.ts';
import { isOwned } from './ownership.ts';
import { rollbackFailed } from './remove.ts';
import { volumeGroup } from './volume-group.ts';
import { volumeHandle } from './volumes.ts';
import { whileAway } from './while-away.ts';

/** Time that taking back a volume may take, in milliseconds. */
const undoMs = 30_000;

/** Makes a volume, or gives the one of that name if it is this owner's and has the same labels (C87). */
export function createVolume(context: ManagerContext, spec: VolumeSpec = {}, options?: Call): Promise<Volume> {
  return plainCall(context, 'createVolume', options, async (call) => {
    const { name = `f-${randomBytes(16).toString('hex')}`, labels = {} } = parseVolumeSpec(spec);
    const group = await volumeGroup(context, call);
    const own = { ...ownLabels(context.estate), [label.call]: randomBytes(16).toString('hex') };
    const wanted = { name, labels: { ...labels, ...own } };
    const present = (await group.inspect(name, call)) ?? (await createOrFind(context, { group, wanted }, call));
    requireSameLabels(context, present, labels);
    return volumeHandle(context, present);
  });
}

interface Creation {
  readonly group: BackendVolumes;
  readonly wanted: BackendVolume;
}

async function createOrFind(context: ManagerContext, creation: Creation, call: BackendCall): Promise<BackendVolume> {
  const { group, wanted } = creation;
  try {
    await group.create(wanted, call);
    call.signal.throwIfAborted();
    return wanted;
  } catch (error) {
    const other = FairleadError.is(error, 'CONFLICT') ? await group.inspect(wanted.name, call) : undefined;
    if (other !== undefined) return other;
    await undo(context, creation, error);
    throw error;
  }
}

/** Removes the volume if this very call made it: an engine may do what it could not answer any more. */
async function undo(context: ManagerContext, { group, wanted }: Creation, why: unknown): Promise<void> {
  if (FairleadError.is(why, 'UNAVAILABLE')) return;
  try {
    await inOwnTime(undoMs, async (call) => {
      const found = await whileAway(() => group.inspect(wanted.name, call), call);
      if (found?.labels[label.call] === wanted.labels[label.call]) await group.remove(wanted.name, call);
    });
  } catch (cause) {
    throw rollbackFailed(context, { left: `perhaps volume ${wanted.name}`, id: wanted.name, why, cause });
  }
}

function requireSameLabels(
  context: ManagerContext,
  found: BackendVolume,
  labels: NonNullable<VolumeSpec['labels']>,
): void {
  const present = withoutOwn(found.labels);
  const wanted = Object.entries(labels);
  const equal = wanted.length === Object.keys(present).length && wanted.every(([key, value]) => present[key] === value);
  if (equal && isOwned(context, found.labels)) return;
  throw new FairleadError({
    code: 'CONFLICT',
    backend: context.name,
    message: `a volume ${found.name} exists with another owner or other labels`,
    hint: 'Use another name, or get the volume instead of creating it.',
    details: { volume: found.name },
  });
}

function parseVolumeSpec(spec: VolumeSpec): VolumeSpec {
  const { name, labels } = fieldSchemas();
  const parsed = z.strictObject({ name: name.optional(), labels: labels.optional() }).safeParse(spec);
  if (!parsed.success) throw invalidSpec('volume', toIssues(parsed.error));
  return parsed.data;
}
