import { FairleadError } from '@fairlead/core';
import type { BackendCall, BackendVolume } from '@fairlead/core/backend';
import type { EngineClient } from './client.ts';
import { parseVolume } from './records.ts';

/** The volume of exactly this name; Podman also finds by the beginning of one (C88). */
export async function findVolume(
  client: EngineClient,
  name: string,
  { signal }: BackendCall,
): Promise<BackendVolume | undefined> {
  try {
    const path = ['volumes', name];
    const found = parseVolume(await client.json({ operation: 'volumes.inspect', signal, method: 'GET', path }));
    return found.name === name ? found : undefined;
  } catch (error) {
    if (FairleadError.is(error, 'VOLUME_NOT_FOUND')) return undefined;
    throw error;
  }
}
