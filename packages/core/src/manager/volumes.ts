import type { BackendVolume } from '../backend/backend.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import type { ChangeOptions } from '../container.ts';
import { label } from '../estate/labels.ts';
import type { Volume, VolumeInfo, Volumes } from '../volume.ts';
import { engineCall, plainCall, type ManagerContext } from './context.ts';
import { toldOwner, withoutOwn } from './info.ts';
import { requireKnown } from './known-options.ts';
import { requireOwned } from './ownership.ts';
import { readVolumeFile } from './volume-file.ts';
import { volumeGroup, volumeNotFound } from './volume-group.ts';

/** The volumes of a manager. */
export function volumesOf(context: ManagerContext): Volumes {
  return {
    get: (name, options) =>
      plainCall(context, 'volumes.get', options, async (call) => {
        const found = await (await volumeGroup(context, call)).inspect(name, call);
        if (found === undefined) throw volumeNotFound(context, name);
        return volumeHandle(context, found);
      }),
    list: (options) => plainCall(context, 'volumes.list', options, (call) => listVolumes(context, call)),
    remove: (name, options) => removeVolume(context, name, options),
  };
}

/** A handle over a volume. */
export function volumeHandle(context: ManagerContext, volume: BackendVolume): Volume {
  const { name } = volume;
  return {
    ...toVolumeInfo(context, volume),
    readFile: (path, options) =>
      engineCall(context, 'readFile', options, (call) => readVolumeFile(context, { name, path, options }, call)),
    remove: (options) => removeVolume(context, name, options),
  };
}

async function listVolumes(context: ManagerContext, call: BackendCall): Promise<readonly VolumeInfo[]> {
  const group = await volumeGroup(context, call);
  const found = await group.list({ [label.owner]: context.estate.ownerLabel }, call);
  return found.map((volume) => toVolumeInfo(context, volume)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function removeVolume(context: ManagerContext, name: string, options: ChangeOptions = {}): Promise<void> {
  return engineCall(context, 'volumes.remove', options, async (call) => {
    requireKnown('volumes.remove', options, ['foreign']);
    const group = await volumeGroup(context, call);
    const found = await group.inspect(name, call);
    if (found === undefined) return;
    requireOwned(context, { what: `volume ${name}`, labels: found.labels, foreign: options.foreign });
    await group.remove(name, call);
  });
}

function toVolumeInfo(context: ManagerContext, { name, labels }: BackendVolume): VolumeInfo {
  return { name, labels: withoutOwn(labels), owner: toldOwner(context, labels) };
}
