import { randomBytes } from 'node:crypto';
import type { FairleadError } from '@fairlead/core';
import {
  emptyImage,
  inOwnTime,
  label,
  ownLabels,
  readTarEntries,
  type BackendCall,
  type BackendImages,
  type BackendVolumes,
  type Estate,
} from '@fairlead/core/backend';
import type { LibpodClient, LibpodRequest } from './client.ts';
import { removeContainer, resolveContainer } from './containers.ts';
import { failure } from './errors.ts';
import { parseCreated, parsePath } from './records.ts';

/** What reading a volume needs of the backend. */
export interface VolumeReaderParts {
  readonly estate: Estate;
  readonly images: BackendImages;
  /** GOARCH word of the engine's host. */
  architecture(call: BackendCall): Promise<string>;
}

const folder = '/volume';
/** Time that making and removing the helper may take, in milliseconds, also when the call has been cancelled. */
const helperMs = 30_000;

/**
 * Reads a file through a container that has the volume mounted and never starts: it is made of an empty image, so
 * nothing runs and nothing but the volume is there to be read (L38, L39, L43).
 */
export function createVolumeReader(client: LibpodClient, parts: VolumeReaderParts): BackendVolumes['readFile'] {
  return async (volume, path, { signal, maxBytes }) => {
    const image = await ensureEmptyImage(parts, { signal });
    signal.throwIfAborted();
    // Not under the caller's signal: a create that is cut off could leave a container.
    const id = await openHelper(client, parts.estate, { volume, image });
    try {
      return await readThrough(client, { id, path, maxBytes }, { signal });
    } finally {
      await inOwnTime(helperMs, (call) => removeContainer(client, id, call));
    }
  };
}

async function ensureEmptyImage({ images, architecture }: VolumeReaderParts, call: BackendCall): Promise<string> {
  const { name, tar } = emptyImage(await architecture(call));
  const present = await images.find?.(name, call);
  if (present !== undefined) return present.id;
  await images.load?.(once(tar), call);
  const loaded = await images.find?.(name, call);
  if (loaded !== undefined) return loaded.id;
  throw failure({
    code: 'ENGINE_FAILURE',
    operation: 'readFile',
    message: `the engine took the empty image and does not know it as ${name} afterwards`,
  });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The name is ours alone: by it is found what a create made whose answer was lost. */
async function openHelper(client: LibpodClient, estate: Estate, what: Omit<Helper, 'name'>): Promise<string> {
  const name = `f-read-${randomBytes(16).toString('hex')}`;
  try {
    return await inOwnTime(helperMs, (call) => createHelper(client, estate, { name, ...what }, call));
  } catch (error) {
    // Told is why it failed; what cannot be removed now, reap finds by its labels.
    await inOwnTime(helperMs, async (call) => {
      const made = await resolveContainer(client, name, call);
      if (made !== undefined) await removeContainer(client, made, call);
    }).catch(() => undefined);
    throw error;
  }
}

interface Helper {
  readonly name: string;
  readonly volume: string;
  readonly image: string;
}

async function createHelper(
  client: LibpodClient,
  estate: Estate,
  { name, volume, image }: Helper,
  { signal }: BackendCall,
): Promise<string> {
  const body = {
    name,
    image,
    labels: { ...ownLabels(estate), [label.role]: 'helper' },
    volumes: [{ Name: volume, Dest: folder, Options: ['ro'] }],
    netns: { nsmode: 'none' },
    systemd: 'false',
    log_configuration: { driver: 'k8s-file' },
  };
  const path = ['containers', 'create'];
  return parseCreated(await client.json({ operation: 'readFile', signal, method: 'POST', path, body })).id;
}

interface Wanted {
  readonly id: string;
  readonly path: string;
  readonly maxBytes: number;
}

async function readThrough(client: LibpodClient, wanted: Wanted, { signal }: BackendCall): Promise<Uint8Array> {
  const { id, path, maxBytes } = wanted;
  const request: Omit<LibpodRequest, 'method'> = {
    operation: 'readFile',
    signal,
    path: ['containers', id, 'archive'],
    query: { path: `${folder}/${path}` },
  };
  await checkFile(client, request, wanted);
  const archive = await client.stream({ ...request, method: 'GET' });
  for await (const entry of readTarEntries(archive)) {
    if (entry.type !== 'file') break;
    if (entry.size > maxBytes) throw unreadable(path, `it has ${entry.size} bytes, more than ${maxBytes}`);
    const parts: Uint8Array[] = [];
    for await (const part of entry.content) parts.push(part);
    return Buffer.concat(parts);
  }
  throw unreadable(path, 'it is no regular file');
}

/** Links are followed by the engine, within the volume only: elsewhere there is nothing to point at. */
async function checkFile(
  client: LibpodClient,
  request: Omit<LibpodRequest, 'method'>,
  { path, maxBytes }: Wanted,
): Promise<void> {
  const answer = await client.ask({ ...request, method: 'HEAD' });
  if (answer.status === 404) throw unreadable(path, 'it does not exist');
  const header = answer.header('X-Docker-Container-Path-Stat');
  if (answer.status !== 200 || header === undefined) return; // the read that follows is told why
  const { type, size } = parsePath(header);
  if (type !== 'file')
    throw unreadable(path, `it is no regular file but a ${type === 'other' ? 'special file' : type}`);
  if (size > maxBytes) throw unreadable(path, `it has ${size} bytes, more than ${maxBytes}`);
}

function unreadable(path: string, reason: string): FairleadError {
  return failure({
    code: 'INVALID_SPEC',
    operation: 'readFile',
    message: `${JSON.stringify(path)} cannot be read: ${reason}`,
    details: { path },
  });
}
