import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FairleadError } from '@fairlead/core';
import type { BackendCall, BackendContainer } from '@fairlead/core/backend';
import type { EngineClient, EngineRequest } from './client.ts';
import { needsEngineStart, toContainerState } from './container-state.ts';
import { translateRefusal, translateStartRefusal, type Refused } from './errors.ts';
import { parseContainer, parseContainerIds, type ContainerRecord } from './records.ts';

/** Inspects under way at the same time: two cores' worth, as more brought nothing (L35). */
const atOnce = 8;

/** Starts a created container; one that runs stays as it is. */
export async function startContainer(client: EngineClient, id: string, call: BackendCall): Promise<void> {
  await client.json({ ...change('start', id, call), translate: translateStartRefusal });
}

/** Stops with the container's own signal. */
export async function stopContainer(
  client: EngineClient,
  id: string,
  { graceSeconds, signal }: BackendCall & { readonly graceSeconds: number | undefined },
): Promise<void> {
  await client.json({ ...change('stop', id, { signal }), query: { t: graceSeconds?.toString() } });
}

/** Sends a signal; to a container that does not run it is no failure. */
export async function killContainer(
  client: EngineClient,
  id: string,
  { name, signal }: BackendCall & { readonly name: string },
): Promise<void> {
  const translate = (refused: Refused): unknown => {
    const translated = translateRefusal(refused);
    // 409, or on Podman 4.3 500 with this cause (C20).
    return translated.code === 'CONFLICT' ? new NotRunning() : translated;
  };
  try {
    await client.json({ ...change('kill', id, { signal }), query: { signal: name }, translate });
  } catch (error) {
    if (!(error instanceof NotRunning)) throw error;
  }
}

class NotRunning extends Error {}

/** Resolves when it does not run; a container that is gone does not. */
export async function waitForContainer(client: EngineClient, id: string, call: BackendCall): Promise<void> {
  try {
    await client.json({ ...change('wait', id, call), query: { condition: 'not-running' } });
  } catch (error) {
    if (!FairleadError.is(error, 'CONTAINER_NOT_FOUND')) throw error;
  }
}

function change(operation: 'start' | 'stop' | 'kill' | 'wait', id: string, { signal }: BackendCall): EngineRequest {
  return { operation, signal, method: 'POST', path: ['containers', id, operation] };
}

/** The record of a container by id, undefined if it is gone. */
export async function findContainer(
  client: EngineClient,
  idOrName: string,
  { signal }: BackendCall,
): Promise<ContainerRecord | undefined> {
  try {
    const path = ['containers', idOrName, 'json'];
    return parseContainer(await client.json({ operation: 'inspect', signal, method: 'GET', path }));
  } catch (error) {
    if (FairleadError.is(error, 'CONTAINER_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** The full id of what has exactly this id or name; the engine also takes beginnings of ids (C97). */
export async function resolveContainer(
  client: EngineClient,
  idOrName: string,
  call: BackendCall,
): Promise<string | undefined> {
  const found = await findContainer(client, idOrName, call);
  return found?.id === idOrName || found?.name === idOrName ? found.id : undefined;
}

/** Containers by full id; one that is gone is absent. */
export async function inspectContainers(
  client: EngineClient,
  ids: readonly string[],
  call: BackendCall,
): Promise<ReadonlyMap<string, BackendContainer>> {
  const found = new Map<string, BackendContainer>();
  const queue = ids.values();
  const work = async (): Promise<void> => {
    for (const id of queue) {
      const record = await findContainer(client, id, call);
      if (record?.id === id) found.set(id, await toBackendContainer(client, record));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, ids.length) }, work));
  return found;
}

/** Containers that have all these labels, running or not. */
export async function listContainers(
  client: EngineClient,
  labels: Readonly<Record<string, string>>,
  call: BackendCall,
): Promise<readonly BackendContainer[]> {
  const filters = JSON.stringify({ label: Object.entries(labels).map(([key, value]) => `${key}=${value}`) });
  const listed = await client.json({
    operation: 'list',
    signal: call.signal,
    method: 'GET',
    path: ['containers', 'json'],
    query: { all: '1', filters },
  });
  const found = await inspectContainers(client, parseContainerIds(listed), call);
  return [...found.values()].filter((container) => hasLabels(container.labels, labels));
}

function hasLabels(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

async function toBackendContainer(client: EngineClient, record: ContainerRecord): Promise<BackendContainer> {
  const { id, name, image, createdAt, labels, user, state } = record;
  const started = needsEngineStart(state) ? await engineStart(client) : undefined;
  return {
    id,
    name,
    image,
    createdAt,
    labels,
    user: user === '' ? '0' : user,
    state: toContainerState(state, started),
  };
}

/**
 * When the engine began: it makes its socket anew at each start. Where systemd holds the socket for it, only the pid
 * file beside it is new.
 */
async function engineStart({ endpoint }: EngineClient): Promise<Date | undefined> {
  if (endpoint.kind !== 'unix') return undefined;
  const files = [endpoint.path, join(dirname(endpoint.path), 'docker.pid')];
  const times = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  const known = times.flatMap((facts) => (facts === undefined ? [] : [facts.mtimeMs]));
  return known.length === 0 ? undefined : new Date(Math.max(...known));
}
