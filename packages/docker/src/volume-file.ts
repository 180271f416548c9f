import { randomBytes } from 'node:crypto';
import type { FairleadError } from '@fairlead/core';
import { label, ownLabels, readTarEntries, type BackendCall, type Estate } from '@fairlead/core/backend';
import type { EngineClient } from './client.ts';
import { resolveContainer } from './containers.ts';
import { failure, translateRefusal } from './errors.ts';
import { ensureEmptyImage } from './images.ts';
import { parseCreated, parsePath, type PathRecord } from './records.ts';
import { removeContainer } from './remove-container.ts';

/** Which file to read, and how much of it at most. */
export interface VolumeFileCall extends BackendCall {
  readonly volume: string;
  /** Relative to the volume's root. */
  readonly path: string;
  readonly maxBytes: number;
}

/** Where the volume is mounted in the container that lends the view. */
const mountPoint = '/v';
/** How long that container's creation and removal may take, in milliseconds; a cancel does not cut them. */
const helperMs = 30_000;

/**
 * The bytes of a file of a volume, through a container of the empty image that never starts (L38, L39).
 * Links are followed inside the volume only.
 */
export async function readVolumeFile(client: EngineClient, estate: Estate, call: VolumeFileCall): Promise<Uint8Array> {
  const image = await ensureEmptyImage(client, call);
  call.signal.throwIfAborted();
  const helper = await openHelper(client, estate, call.volume, image);
  try {
    const path = await locate(client, helper, call);
    return await fetchFile(client, helper, path, call);
  } finally {
    await removeContainer(client, helper, { signal: AbortSignal.timeout(helperMs) });
  }
}

/** The name is ours alone: by it is found what a create made whose answer was lost. */
async function openHelper(client: EngineClient, estate: Estate, volume: string, image: string): Promise<string> {
  const name = `f-view-${randomBytes(16).toString('hex')}`;
  try {
    return await createHelper(client, estate, { name, volume, image });
  } catch (error) {
    // Told is why it failed; what cannot be removed now, reap finds by its labels.
    await removeNamed(client, name).catch(() => undefined);
    throw error;
  }
}

async function removeNamed(client: EngineClient, name: string): Promise<void> {
  const own = { signal: AbortSignal.timeout(helperMs) };
  const made = await resolveContainer(client, name, own);
  if (made !== undefined) await removeContainer(client, made, own);
}

interface Helper {
  readonly name: string;
  readonly volume: string;
  readonly image: string;
}

async function createHelper(client: EngineClient, estate: Estate, { name, volume, image }: Helper): Promise<string> {
  const created = await client.json({
    operation: 'readFile',
    signal: AbortSignal.timeout(helperMs),
    method: 'POST',
    path: ['containers', 'create'],
    query: { name },
    body: {
      Image: image,
      Labels: { ...ownLabels(estate), [label.role]: 'helper' },
      HostConfig: {
        NetworkMode: 'none',
        Mounts: [{ Type: 'volume', Source: volume, Target: mountPoint, ReadOnly: true }],
      },
    },
  });
  return parseCreated(created).id;
}

/** The path of the file in the helper, with every link in it followed. */
async function locate(client: EngineClient, helper: string, call: VolumeFileCall): Promise<string> {
  let at = mountPoint;
  let found: PathRecord | undefined;
  for (const part of call.path.split('/')) {
    if (found !== undefined && found.type !== 'directory') throw unreadable(call, 'it does not exist');
    at = `${at}/${part}`;
    found = await statPath(client, helper, at, call);
    if (found === undefined) break;
    if (found.type !== 'symlink') continue;
    // The engine tells the end of the whole chain of links, seen from the container's root.
    at = found.linkTarget;
    if (at !== mountPoint && !at.startsWith(`${mountPoint}/`)) throw unreadable(call, 'a link leads out of the volume');
    found = await statPath(client, helper, at, call);
  }
  if (found === undefined) throw unreadable(call, 'it does not exist');
  if (found.type !== 'file') throw unreadable(call, 'it is no regular file');
  if (found.size > call.maxBytes) throw unreadable(call, `it has ${found.size} bytes, more than ${call.maxBytes}`);
  return at;
}

async function statPath(
  client: EngineClient,
  helper: string,
  path: string,
  { signal }: BackendCall,
): Promise<PathRecord | undefined> {
  const target = ['containers', helper, 'archive'];
  const answer = await client.ask({ operation: 'readFile', signal, method: 'HEAD', path: target, query: { path } });
  const told = answer.header('X-Docker-Container-Path-Stat');
  if (answer.status === 200 && told !== undefined) return parsePath(told);
  if (answer.status === 404) return undefined;
  throw translateRefusal({ operation: 'readFile', status: answer.status, message: answer.text });
}

async function fetchFile(
  client: EngineClient,
  helper: string,
  path: string,
  call: VolumeFileCall,
): Promise<Uint8Array> {
  const { signal, maxBytes } = call;
  const target = ['containers', helper, 'archive'];
  const body = await client.stream({ operation: 'readFile', signal, method: 'GET', path: target, query: { path } });
  for await (const entry of readTarEntries(body)) {
    if (entry.type !== 'file') throw unreadable(call, 'it is no regular file');
    if (entry.size > maxBytes) throw unreadable(call, `it has ${entry.size} bytes, more than ${maxBytes}`);
    const parts: Uint8Array[] = [];
    for await (const part of entry.content) parts.push(part);
    return Buffer.concat(parts);
  }
  throw unreadable(call, 'the engine sent nothing');
}

function unreadable({ volume, path }: VolumeFileCall, reason: string): FairleadError {
  return failure({
    code: 'INVALID_SPEC',
    operation: 'readFile',
    message: `${JSON.stringify(path)} of the volume ${volume} cannot be read: ${reason}`,
    details: { volume, path },
  });
}
