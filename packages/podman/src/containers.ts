import { FairleadError } from '@fairlead/core';
import { sleep, type BackendCall, type BackendContainer } from '@fairlead/core/backend';
import type { LibpodClient } from './client.ts';
import { toContainer } from './container-state.ts';
import { translateStartRefusal } from './errors.ts';
import { parseContainer, parseContainers, type ContainerRecord } from './records.ts';

/** Inspects that run at once. */
const inspectsAtOnce = 8;

/** Starts a created container; one that runs already is left alone. @throws FairleadError `START_FAILED` */
export async function startContainer(client: LibpodClient, id: string, { signal }: BackendCall): Promise<void> {
  await client.json({
    operation: 'start',
    signal,
    method: 'POST',
    path: ['containers', id, 'start'],
    translate: translateStartRefusal,
  });
}

/** One container by its full id, or undefined if it is gone. */
export async function readContainer(
  client: LibpodClient,
  id: string,
  { signal }: BackendCall,
): Promise<ContainerRecord | undefined> {
  const found = await unlessGone(
    client.json({ operation: 'inspect', signal, method: 'GET', path: ['containers', id, 'json'] }),
  );
  const record = found === undefined ? undefined : parseContainer(found);
  // Beginnings of ids and names are answered too (C97).
  return record?.id === id ? record : undefined;
}

/** Containers by full id; an absent key is gone. */
export async function inspectContainers(
  client: LibpodClient,
  ids: readonly string[],
  call: BackendCall,
): Promise<ReadonlyMap<string, BackendContainer>> {
  const found = new Map<string, BackendContainer>();
  const left = [...new Set(ids)];
  const work = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      const record = await readContainer(client, id, call);
      if (record !== undefined) found.set(id, toContainer(record));
    }
  };
  await Promise.all(Array.from({ length: Math.min(inspectsAtOnce, left.length) }, work));
  return found;
}

/** The full id of the container of exactly this id or name (C97), or undefined. */
export async function resolveContainer(
  client: LibpodClient,
  idOrName: string,
  call: BackendCall,
): Promise<string | undefined> {
  if (/^[0-9a-f]{64}$/.test(idOrName)) {
    const record = await readContainer(client, idOrName, call);
    if (record !== undefined) return record.id;
  }
  const escaped = idOrName.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const found = await listed(client, { name: [`^${escaped}$`] }, call);
  return found.find(({ names }) => names.includes(idOrName))?.id;
}

/** Containers that have all these labels, running or not; details come from inspect (C12). */
export async function listContainers(
  client: LibpodClient,
  labels: Readonly<Record<string, string>>,
  call: BackendCall,
): Promise<readonly BackendContainer[]> {
  const wanted = Object.entries(labels);
  const filters = wanted.length === 0 ? {} : { label: wanted.map(([key, value]) => `${key}=${value}`) };
  const found = await listed(client, filters, call);
  const ids = found.map(({ id }) => id);
  const containers = await inspectContainers(client, ids, call);
  return [...containers.values()].filter((container) =>
    wanted.every(([key, value]) => container.labels[key] === value),
  );
}

async function listed(
  client: LibpodClient,
  filters: Readonly<Record<string, readonly string[]>>,
  { signal }: BackendCall,
): Promise<ReturnType<typeof parseContainers>> {
  const query = { all: 'true', filters: JSON.stringify(filters) };
  return parseContainers(
    await client.json({ operation: 'list', signal, method: 'GET', path: ['containers', 'json'], query }),
  );
}

/**
 * Resolves when a started container has ended or is gone. Its answer is not used: it is 0 for one that was never
 * started (L19), so the caller looks. Only words of a fixed list are sent (C35).
 */
export async function waitForContainer(client: LibpodClient, id: string, { signal }: BackendCall): Promise<void> {
  const query = { condition: ['exited', 'stopped'] };
  await unlessGone(client.json({ operation: 'wait', signal, method: 'POST', path: ['containers', id, 'wait'], query }));
}

/** Stop signal, grace, SIGKILL; resolves when it has ended. */
export async function stopContainer(
  client: LibpodClient,
  id: string,
  { graceSeconds }: { readonly graceSeconds: number | undefined },
  { signal }: BackendCall,
): Promise<void> {
  const query = { timeout: graceSeconds?.toString() };
  await unlessGone(client.json({ operation: 'stop', signal, method: 'POST', path: ['containers', id, 'stop'], query }));
}

/** Sends a signal; resolves if it is not running. @throws FairleadError `INVALID_SPEC` for an unknown signal */
export async function killContainer(
  client: LibpodClient,
  id: string,
  name: string,
  { signal }: BackendCall,
): Promise<void> {
  const request = client.json({
    operation: 'kill',
    signal,
    method: 'POST',
    path: ['containers', id, 'kill'],
    query: { signal: name },
  });
  await unlessGone(request).catch((error: unknown) => {
    // 500 or 409, by version (C20).
    if (!FairleadError.is(error, 'CONFLICT')) throw error;
  });
}

/**
 * Kills and removes with anonymous volumes; resolves when it is gone. `timeout=0`: else a process that ignores TERM
 * costs ten seconds (C16). `volumes` is libpod's word; it takes Docker's `v` and does nothing.
 */
export async function removeContainer(client: LibpodClient, id: string, call: BackendCall): Promise<void> {
  const query = { force: 'true', timeout: '0', volumes: 'true' };
  for (let pause = 100; ; pause *= 2) {
    try {
      const { signal } = call;
      await unlessGone(client.json({ operation: 'remove', signal, method: 'DELETE', path: ['containers', id], query }));
      return;
    } catch (error) {
      // Somebody else is at it: gone is what was asked for, and else it is tried again for a while.
      if (FairleadError.is(error, 'CONNECTION_LOST') || FairleadError.is(error, 'UNAVAILABLE')) throw error;
      call.signal.throwIfAborted();
      if ((await readContainer(client, id, call)) === undefined) return;
      if (pause > 1_000) throw error;
      await sleep(pause, call.signal);
    }
  }
}

/** What a request for a container answers, or undefined if there is no such container. */
async function unlessGone(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (FairleadError.is(error, 'CONTAINER_NOT_FOUND')) return undefined;
    throw error;
  }
}
