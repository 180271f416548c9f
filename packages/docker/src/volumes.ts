import { FairleadError } from '@fairlead/core';
import type { BackendVolumes, Estate } from '@fairlead/core/backend';
import type { EngineClient } from './client.ts';
import { failure } from './errors.ts';
import { findVolume } from './find-volume.ts';
import { readVolumeFile } from './volume-file.ts';
import { parseVolume, parseVolumes } from './records.ts';

/** The volumes of an engine. */
export function engineVolumes(client: EngineClient, estate: Estate): BackendVolumes {
  return {
    async create(volume, call) {
      // The engine answers 201 for one that exists, whatever its labels (C87).
      if ((await findVolume(client, volume.name, call)) !== undefined) throw exists(volume.name);
      const body = { Name: volume.name, Labels: volume.labels };
      const path = ['volumes', 'create'];
      const made = parseVolume(
        await client.json({ operation: 'createVolume', signal: call.signal, method: 'POST', path, body }),
      );
      if (!sameLabels(made.labels, volume.labels)) throw exists(volume.name);
    },
    inspect: (name, call) => findVolume(client, name, call),
    async list(labels, { signal }) {
      const filters = JSON.stringify({ label: Object.entries(labels).map(([key, value]) => `${key}=${value}`) });
      const path = ['volumes'];
      const found = parseVolumes(
        await client.json({ operation: 'volumes.list', signal, method: 'GET', path, query: { filters } }),
      );
      return found.filter((volume) => Object.entries(labels).every(([key, value]) => volume.labels[key] === value));
    },
    async remove(name, call) {
      // Podman resolves beginnings of names (C88): only what is there under exactly this name is removed.
      if ((await findVolume(client, name, call)) === undefined) return;
      try {
        const path = ['volumes', name];
        await client.json({ operation: 'volumes.remove', signal: call.signal, method: 'DELETE', path });
      } catch (error) {
        if (!FairleadError.is(error, 'VOLUME_NOT_FOUND')) throw error;
      }
    },
    readFile: (name, path, call) => readVolumeFile(client, estate, { ...call, volume: name, path }),
  };
}

/** Whether these are the labels asked for: another session's volume of the name has other ones. */
function sameLabels(made: Readonly<Record<string, string>>, asked: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(asked);
  return keys.length === Object.keys(made).length && keys.every((key) => made[key] === asked[key]);
}

function exists(name: string): FairleadError {
  return failure({
    code: 'CONFLICT',
    operation: 'createVolume',
    message: `a volume ${name} exists`,
    hint: 'Use another name, or get the volume instead of creating it.',
    details: { volume: name },
  });
}
