// What a thread of an image does: it reads the same open file as the thread that started it, one request at a time.
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { layerBytes } from '../layer/layer-bytes.ts';
import { layerMembers } from '../layer/layer-members.ts';
import { measureLayer } from '../layer/measure-layer.ts';
import { sharedSource } from '../source.ts';
import { openSquashfs, type Squashfs } from '../squashfs/squashfs.ts';
import { ChunkLender } from './chunk-lender.ts';
import { sendError } from './sent-error.ts';
import type { FromThread, LayerRequest, ThreadData, ThreadRequest, ToThread } from './thread-messages.ts';

// SourceThread starts this program and nothing else does, with data of that type.
const { input, path } = workerData as ThreadData;
// Cancelling ends the whole thread.
const source = sharedSource(input, { path, signal: new AbortController().signal });
const lender = new ChunkLender();
let opened: { readonly offset: number; readonly squashfs: Squashfs } | undefined;

// SourceThread alone has the other end of the port, and sends that type.
parentPort?.on('message', (message: ToThread) => {
  if (message.kind === 'taken') lender.takeBack(message.buffer);
  else void answer(message.request);
});
say({ kind: 'ready' });

async function answer(request: ThreadRequest): Promise<void> {
  try {
    say({ kind: 'done', value: await valueOf(request) });
  } catch (error) {
    say({ kind: 'failed', error: sendError(error) });
  }
}

function valueOf(request: ThreadRequest): Promise<unknown> {
  return request.kind === 'plan' ? plan(request) : sendLayer(request);
}

async function plan(request: LayerRequest): Promise<unknown> {
  return measureLayer(await open(request), request.policy);
}

/** Sends the layer chunk by chunk, and gives the digest of all of it. */
async function sendLayer(request: LayerRequest): Promise<string> {
  const squashfs = await open(request);
  const hash = createHash('sha256');
  const members = layerMembers(squashfs, request.policy, { sockets: 0, devices: 0, lossy: 0 });
  for await (const bytes of layerBytes(squashfs, members, () => lender.chunk())) {
    hash.update(bytes);
    say({ kind: 'chunk', bytes }, [bytes.buffer]);
    await lender.sent();
  }
  return hash.digest('hex');
}

async function open({ offset, size, policy }: LayerRequest): Promise<Squashfs> {
  if (opened?.offset !== offset) {
    const options = { size, maxInodes: policy.maxMembers };
    opened = { offset, squashfs: await openSquashfs(source, offset, options) };
  }
  return opened.squashfs;
}

function say(message: FromThread, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}
