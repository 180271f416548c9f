import { FairleadError, type EnsuredImage, type ImageRef, type Progress } from '@fairlead/core';
import { emptyImage, runsPlatform, type BackendCall, type BackendImages } from '@fairlead/core/backend';
import type { EngineClient } from './client.ts';
import { failure, translatePullRefusal, translateStreamError } from './errors.ts';
import { parseImage, parseProgress, type ImageRecord, type ProgressRecord } from './image-records.ts';
import { readLines } from './read-lines.ts';

type EnsureCall = BackendCall & { readonly onProgress: (progress: Progress) => void };

/** The images of an engine. */
export function engineImages(client: EngineClient): BackendImages {
  return {
    ensure: (image, call) => ensureImage(client, image, call),
    async find(name, call) {
      const found = await findImage(client, name, call);
      return found?.tags.includes(name) === true ? { id: found.id, name, labels: found.labels } : undefined;
    },
    load: (stream, call) => loadImage(client, stream, call),
    remove: (name, call) => removeImage(client, name, call),
  };
}

async function ensureImage(client: EngineClient, image: ImageRef, call: EnsureCall): Promise<EnsuredImage> {
  if (image.format !== 'registry') throw wrongFormat(image.format);
  const { name } = image;
  let found = await findImage(client, name, call);
  if (found === undefined) {
    await pullImage(client, name, call);
    found = await findImage(client, name, call);
  }
  if (found === undefined) throw notThere(name);
  await requirePlatform(client, name, found, call);
  const digest = digestOf(found, name);
  return digest === undefined ? { id: found.id, name } : { id: found.id, name, digest };
}

async function findImage(
  client: EngineClient,
  name: string,
  { signal }: BackendCall,
): Promise<ImageRecord | undefined> {
  try {
    const path = ['images', name, 'json'];
    return parseImage(await client.json({ operation: 'images', signal, method: 'GET', path }));
  } catch (error) {
    if (FairleadError.is(error, 'IMAGE_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** The image's own entrypoint; empty if it has none. @throws FairleadError `IMAGE_NOT_FOUND` */
export async function imageEntrypoint(
  client: EngineClient,
  id: string,
  { signal }: BackendCall,
): Promise<readonly string[]> {
  const path = ['images', id, 'json'];
  return parseImage(await client.json({ operation: 'create', signal, method: 'GET', path })).entrypoint;
}

async function pullImage(client: EngineClient, name: string, call: EnsureCall): Promise<void> {
  const { repository, version } = splitName(name);
  const body = await client.stream({
    operation: 'pull',
    signal: call.signal,
    method: 'POST',
    path: ['images', 'create'],
    query: { fromImage: repository, tag: version },
    // Without credentials, said explicitly: an absent header is refused by some versions (C131).
    headers: { 'X-Registry-Auth': Buffer.from('{}').toString('base64') },
    translate: (refused) => translatePullRefusal(refused, name),
  });
  const failed = await readProgress(body, ({ status, bytes, totalBytes }) =>
    call.onProgress({ phase: 'pulling', message: status, bytes, totalBytes }),
  );
  if (failed !== undefined) throw translateStreamError('pull', failed, name);
}

/** Repository, and tag or digest; a digest wins over a tag. Without either the engine would pull every tag. */
export function splitName(name: string): { readonly repository: string; readonly version: string } {
  const [tagged = '', digest] = name.split('@');
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  const repository = colon === -1 ? tagged : tagged.slice(0, colon);
  return { repository, version: digest ?? (colon === -1 ? 'latest' : tagged.slice(colon + 1)) };
}

/** Loads a docker-archive; the archive names the image. */
async function loadImage(client: EngineClient, tar: AsyncIterable<Uint8Array>, { signal }: BackendCall): Promise<void> {
  const path = ['images', 'load'];
  const body = await client.stream({ operation: 'load', signal, method: 'POST', path, query: { quiet: '1' }, tar });
  const failed = await readProgress(body, () => undefined);
  if (failed !== undefined) throw translateStreamError('load', failed);
}

/** Not by force: an image that a container uses is left, and told as `IN_USE`. */
async function removeImage(client: EngineClient, name: string, call: BackendCall): Promise<void> {
  // Beginnings of ids are answered too: only what is there under exactly this name is removed.
  if ((await findImage(client, name, call))?.tags.includes(name) !== true) return;
  try {
    const { signal } = call;
    await client.json({ operation: 'images.remove', signal, method: 'DELETE', path: ['images', name] });
  } catch (error) {
    if (!FairleadError.is(error, 'IMAGE_NOT_FOUND')) throw error;
  }
}

/** The id of the image without files, loaded if the engine has it not yet. */
export async function ensureEmptyImage(client: EngineClient, call: BackendCall): Promise<string> {
  const { name, tar } = emptyImage(await client.architecture(call.signal));
  const present = await findImage(client, name, call);
  if (present !== undefined) return present.id;
  const once = async function* (): AsyncGenerator<Uint8Array> {
    yield tar;
  };
  await loadImage(client, once(), call);
  const loaded = await findImage(client, name, call);
  if (loaded === undefined) throw notThere(name);
  return loaded.id;
}

/** A failure comes in the middle of an answer that began with success (C126, H22): every line is read. @returns it */
async function readProgress(
  body: AsyncIterable<Uint8Array>,
  tell: (record: ProgressRecord) => void,
): Promise<string | undefined> {
  let failed: string | undefined;
  for await (const line of readLines(body)) {
    const record = parseProgress(line);
    if (record.error === undefined) tell(record);
    else failed ??= record.error;
  }
  return failed;
}

/** An image of another architecture starts and fails obscurely: the engine does not say so by itself (C121, C129). */
async function requirePlatform(
  client: EngineClient,
  name: string,
  image: ImageRecord,
  call: BackendCall,
): Promise<void> {
  const { architecture, os } = image;
  const host = await client.architecture(call.signal);
  if (runsPlatform({ os: 'linux', architecture: host }, image)) return;
  throw failure({
    code: 'PLATFORM_MISMATCH',
    operation: 'images.ensure',
    message: `the image ${name} is for ${os}/${architecture}, and the engine's host is linux/${host}`,
    hint: "Use a tag or digest of the image that is built for the host's architecture.",
    details: { image: name, architecture, host },
  });
}

function digestOf(image: ImageRecord, name: string): string | undefined {
  const asked = name.split('@')[1];
  const digests = image.digests.map((entry) => entry.split('@')[1]).filter((digest) => digest !== undefined);
  return asked !== undefined && digests.includes(asked) ? asked : digests[0];
}

function notThere(name: string): FairleadError {
  return failure({
    code: 'IMAGE_NOT_FOUND',
    operation: 'images.ensure',
    message: `the engine said that it has the image ${name} now, but does not know it`,
  });
}

function wrongFormat(format: string): FairleadError {
  return failure({
    code: 'UNSUPPORTED',
    operation: 'images.ensure',
    message: `an image of format ${format} has to be loaded, not ensured`,
  });
}
