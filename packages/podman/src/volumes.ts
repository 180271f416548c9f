import type { BackendCall, BackendVolume, BackendVolumes } from '@fairlead/core/backend';
import { FairleadError } from '@fairlead/core';
import type { LibpodClient } from './client.ts';
import { parseVolumes } from './records.ts';
import { createVolumeReader, type VolumeReaderParts } from './volume-file.ts';

/** The volumes of an engine. */
export function createVolumes(client: LibpodClient, parts: VolumeReaderParts): BackendVolumes {
  return {
    async create({ name, labels }, { signal }) {
      const body = { Name: name, Labels: labels };
      await client.json({ operation: 'createVolume', signal, method: 'POST', path: ['volumes', 'create'], body });
    },
    inspect: (name, call) => findVolume(client, name, call),
    async list(labels, call) {
      const wanted = Object.entries(labels);
      const label = wanted.map(([key, value]) => `${key}=${value}`);
      const found = await listVolumes(client, label.length === 0 ? {} : { label }, call);
      // Podman 4 combines the labels of this filter with "or".
      return found.filter((volume) => wanted.every(([key, value]) => volume.labels[key] === value));
    },
    async remove(name, call) {
      // Beginnings of names are answered too, so the exact name has to be there (C88).
      if ((await findVolume(client, name, call)) === undefined) return;
      const { signal } = call;
      try {
        await client.json({ operation: 'volumes.remove', signal, method: 'DELETE', path: ['volumes', name] });
      } catch (error) {
        if (!FairleadError.is(error, 'VOLUME_NOT_FOUND')) throw error;
      }
    },
    readFile: createVolumeReader(client, parts),
  };
}

/** The volume of exactly this name (C88), or undefined. */
export async function findVolume(
  client: LibpodClient,
  name: string,
  call: BackendCall,
): Promise<BackendVolume | undefined> {
  const escaped = name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const found = await listVolumes(client, { name: [`^${escaped}$`] }, call);
  return found.find((volume) => volume.name === name);
}

async function listVolumes(
  client: LibpodClient,
  filters: Readonly<Record<string, readonly string[]>>,
  { signal }: BackendCall,
): Promise<readonly BackendVolume[]> {
  const query = { filters: JSON.stringify(filters) };
  return parseVolumes(
    await client.json({ operation: 'volumes', signal, method: 'GET', path: ['volumes', 'json'], query }),
  );
}
