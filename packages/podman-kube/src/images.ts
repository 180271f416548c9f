import type { EnsuredImage, ImageRef, Progress } from '@fairlead/core';
import { runsPlatform, type BackendCall, type BackendImages } from '@fairlead/core/backend';
import { positional } from '@fairlead/subprocess';
import { failure } from './errors.ts';
import type { PodmanCli } from './podman-cli.ts';
import type { EngineRecord } from './engine-record.ts';
import { parseImage, type ImageRecord } from './records.ts';
import { untilAborted } from './until-aborted.ts';

/** How long a load whose caller has left may take to notice that its input ended, in milliseconds. */
const noticeMs = 20_000;

/** The images in podman's store. */
export function podmanImages(cli: PodmanCli, engine: (call: BackendCall) => Promise<EngineRecord>): BackendImages {
  return {
    ensure: (image, call) => ensureImage(cli, { image, engine }, call),
    async find(name, call) {
      const found = await inspectImage(cli, name, call);
      return found === undefined ? undefined : { ...toEnsured(found), labels: found.labels };
    },
    load: (stream, call) => loadImage(cli, stream, call),
    remove: (name, call) => removeImage(cli, name, call),
  };
}

interface EnsureRequest {
  readonly image: ImageRef;
  readonly engine: (call: BackendCall) => Promise<EngineRecord>;
}

async function ensureImage(
  cli: PodmanCli,
  { image, engine }: EnsureRequest,
  call: BackendCall & { readonly onProgress: (progress: Progress) => void },
): Promise<EnsuredImage> {
  if (image.format !== 'registry') throw notHere(image.format);
  const present = await inspectImage(cli, image.name, call);
  if (present === undefined) {
    call.onProgress({ phase: 'pulling', message: image.name });
    await pull(cli, image.name, call);
  }
  const found = present ?? (await inspectImage(cli, image.name, call));
  if (found === undefined) {
    throw failure({
      code: 'IMAGE_NOT_FOUND',
      operation: 'pull',
      message: `podman pulled ${image.name} and does not know it afterwards`,
    });
  }
  requirePlatform(image.name, found, await engine(call));
  return toEnsured(found);
}

/** An image by exactly this name; podman also finds by beginnings of ids, which no full name is. */
async function inspectImage(cli: PodmanCli, name: string, call: BackendCall): Promise<ImageRecord | undefined> {
  const run = { operation: 'images', args: ['image', 'inspect', positional(name)] };
  const result = await cli.ask(run, call);
  if (result.code === 0) return parseImage(result.stdout.toString());
  const error = await cli.fail(run, result);
  if (error.code === 'IMAGE_NOT_FOUND') return undefined;
  throw error;
}

/** A pull that is cut off leaves its downloads in a folder that goes with it. */
async function pull(cli: PodmanCli, name: string, call: BackendCall): Promise<void> {
  await cli.run({ operation: 'pull', args: ['pull', '--quiet', positional(name)], scratch: true }, call);
}

/**
 * Loads a stream. Whoever leaves cuts the stream short, so that podman itself finds it broken, cleans up and ends;
 * killed, it would leave what it had unpacked.
 */
async function loadImage(cli: PodmanCli, stream: AsyncIterable<Uint8Array>, call: BackendCall): Promise<void> {
  call.signal.throwIfAborted();
  const late = new AbortController();
  const leave = (): void => void setTimeout(() => late.abort(call.signal.reason), noticeMs).unref();
  call.signal.addEventListener('abort', leave, { once: true });
  try {
    const run = {
      operation: 'load',
      args: ['load', '--quiet'],
      input: untilAborted(stream, call.signal),
      scratch: true,
    };
    const result = await cli.ask(run, { signal: late.signal });
    call.signal.throwIfAborted();
    if (result.code !== 0) throw await cli.fail(run, result);
  } finally {
    call.signal.removeEventListener('abort', leave);
  }
}

/** Not by force: an image that a container uses is left, and told as `IN_USE`. */
async function removeImage(cli: PodmanCli, name: string, call: BackendCall): Promise<void> {
  if ((await inspectImage(cli, name, call)) === undefined) return;
  const run = { operation: 'images.remove', args: ['image', 'rm', positional(name)] };
  const result = await cli.ask(run, call);
  if (result.code === 0) return;
  const error = await cli.fail(run, result);
  if (error.code !== 'IMAGE_NOT_FOUND') throw error;
}

function requirePlatform(name: string, { architecture, os }: ImageRecord, engine: EngineRecord): void {
  if (runsPlatform(engine, { architecture, os })) return;
  throw failure({
    code: 'PLATFORM_MISMATCH',
    operation: 'images.ensure',
    message: `${name} is for ${os}/${architecture}, and this engine runs ${engine.os}/${engine.architecture}`,
    hint: 'Choose an image that is built for this platform.',
    details: { image: name, architecture, os },
  });
}

function toEnsured({ id, digest }: ImageRecord): EnsuredImage {
  return { id, digest };
}

function notHere(format: string): Error {
  return failure({
    code: 'UNSUPPORTED',
    operation: 'images.ensure',
    message: `images of format ${format} are loaded by a converter`,
  });
}
