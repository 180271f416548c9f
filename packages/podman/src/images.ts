import { FairleadError, type EnsuredImage } from '@fairlead/core';
import { runsPlatform, type BackendCall, type BackendImages } from '@fairlead/core/backend';
import type { LibpodClient } from './client.ts';
import { failure, translateRefusal } from './errors.ts';
import { parseImage, parsePullLine, type ImageRecord } from './records.ts';

/** What the images of an engine need of the backend. */
export interface ImageParts {
  /** GOARCH word of the engine's host. */
  architecture(call: BackendCall): Promise<string>;
}

/** The images of an engine. */
export function createImages(client: LibpodClient, { architecture }: ImageParts): BackendImages {
  return {
    async ensure(image, call) {
      if (image.format !== 'registry') throw notTaken(image.format);
      const present = await findImage(client, image.name, call);
      const found = present ?? (await pullImage(client, image.name, call));
      requirePlatform(image.name, found, await architecture(call));
      return toEnsured(found);
    },
    async find(name, call) {
      const found = await findImage(client, name, call);
      return found === undefined ? undefined : { ...toEnsured(found), labels: found.labels };
    },
    async load(tar, { signal }) {
      await client.json({ operation: 'load', signal, method: 'POST', path: ['images', 'load'], tar });
    },
    remove: (name, call) => removeImage(client, name, call),
  };
}

/** The image of exactly this full name (C133), or undefined. */
async function findImage(
  client: LibpodClient,
  name: string,
  { signal }: BackendCall,
): Promise<ImageRecord | undefined> {
  try {
    const path = ['images', name, 'json'];
    const record = parseImage(await client.json({ operation: 'images', signal, method: 'GET', path }));
    return record.tags.includes(name) || record.digests.includes(name) ? record : undefined;
  } catch (error) {
    if (FairleadError.is(error, 'IMAGE_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Not by force: an image that a container uses is left, and told as `IN_USE`. */
async function removeImage(client: LibpodClient, name: string, call: BackendCall): Promise<void> {
  // Podman answers to beginnings too (C133): only what is there under exactly this name is removed.
  if ((await findImage(client, name, call)) === undefined) return;
  try {
    const { signal } = call;
    await client.json({ operation: 'images.remove', signal, method: 'DELETE', path: ['images', name] });
  } catch (error) {
    if (!FairleadError.is(error, 'IMAGE_NOT_FOUND')) throw error;
  }
}

/** What an image says of itself, by its id. */
export async function inspectImage(client: LibpodClient, id: string, { signal }: BackendCall): Promise<ImageRecord> {
  const path = ['images', id, 'json'];
  return parseImage(await client.json({ operation: 'images', signal, method: 'GET', path }));
}

async function pullImage(
  client: LibpodClient,
  name: string,
  call: Parameters<BackendImages['ensure']>[1],
): Promise<ImageRecord> {
  const { signal, onProgress } = call;
  onProgress({ phase: 'pulling', message: name });
  // Credentials, TLS and mirrors are those of the engine's own configuration.
  const query = { reference: name, policy: 'missing' };
  const body = await client.stream({ operation: 'pull', signal, method: 'POST', path: ['images', 'pull'], query });
  let failed: string | undefined;
  // Read to its end: a failed pull is answered with success, and its reason stands in the stream (C126).
  for await (const line of textLines(body)) {
    const { text, error } = parsePullLine(line);
    failed ??= error;
    if (text !== undefined) onProgress({ phase: 'pulling', message: text });
  }
  if (failed !== undefined)
    throw translateRefusal({ operation: 'pull', status: 500, cause: undefined, message: failed });
  const found = await findImage(client, name, call);
  if (found !== undefined) return found;
  throw failure({
    code: 'ENGINE_FAILURE',
    operation: 'pull',
    message: `the engine says that ${name} was pulled, and does not know it afterwards`,
  });
}

async function* textLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let open = '';
  for await (const bytes of source) {
    const lines = (open + decoder.decode(bytes, { stream: true })).split('\n');
    open = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (open.trim() !== '') yield open;
}

function requirePlatform(name: string, { architecture, os }: ImageRecord, host: string): void {
  if (runsPlatform({ os: 'linux', architecture: host }, { architecture, os })) return;
  throw failure({
    code: 'PLATFORM_MISMATCH',
    operation: 'images.ensure',
    message: `${name} is built for ${os}/${architecture}, and the engine's host is linux/${host}`,
    hint: `Use an image that is built for ${host}; if this one was pulled by mistake, remove it first.`,
    details: { image: name, architecture, host },
  });
}

function toEnsured({ id, digest }: ImageRecord): EnsuredImage {
  return { id, digest };
}

function notTaken(format: string): FairleadError {
  return failure({
    code: 'UNSUPPORTED',
    operation: 'images.ensure',
    message: `the engine itself takes no images of format ${format}`,
    hint: 'The fairlead package converts and loads image files.',
  });
}
