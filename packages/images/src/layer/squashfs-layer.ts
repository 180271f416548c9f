import { sha256Hex, type Digest } from '../oci/digest.ts';
import { hashed as hashedChunks } from '../oci/hashed.ts';
import type { Squashfs } from '../squashfs/squashfs.ts';
import { answerOf, type Threads } from '../thread/threads.ts';
import { chunkBytes } from './chunk-output.ts';
import { layerBytes } from './layer-bytes.ts';
import { layerMembers, type LayerMember } from './layer-members.ts';
import { policyOf, type PlanPolicy } from './layer-policy.ts';
import { measureLayer, type LayerMeasure } from './measure-layer.ts';

/** How chunks are handed over. */
export interface ChunkOptions {
  /** A chunk may be used only until the next one is asked for: its memory is used again. Default false. */
  readonly lent?: boolean | undefined;
}

/** A file system as one tar layer. */
export interface SquashfsLayer extends LayerMeasure {
  readonly squashfs: Squashfs;
  /** The members in their order, some at a time. */
  walk(): AsyncGenerator<readonly LayerMember[], void, void>;
  /** The tar, from its first byte each time it is called. */
  stream(options?: ChunkOptions): AsyncGenerator<Uint8Array, void, void>;
  /** The same; its digest is returned at the end. Only where that has been computed elsewhere than on this thread. */
  hashed?(options?: ChunkOptions): AsyncGenerator<Uint8Array, Digest, void>;
}

/** Below that size expanding takes less time than starting a thread. */
const threadBytes = 4_194_304;

/**
 * Plans the layer of a file system, so that what is damaged, what a layer cannot say and what expands beyond the limits
 * is refused before a byte of content is read. What is large is read, expanded and hashed by a thread of its own.
 * @throws FairleadError `CORRUPT_IMAGE`, `CONVERSION_FAILED`, `POLICY_DENIED`
 */
export async function planLayer(squashfs: Squashfs, options: PlanPolicy = {}): Promise<SquashfsLayer> {
  const policy = policyOf(options);
  const { source, region } = squashfs;
  const apart =
    region.size < threadBytes || source.threads === undefined
      ? undefined
      : await planLayerApart(squashfs, policy, source.threads);
  return apart ?? layerHere(squashfs, policy);
}

async function layerHere(squashfs: Squashfs, policy: PlanPolicy): Promise<SquashfsLayer> {
  const measure = await measureLayer(squashfs, policy);
  const bytes = Math.min(chunkBytes, measure.size);
  const walk = walkOf(squashfs, policy);
  return { ...measure, squashfs, walk, stream: () => layerBytes(squashfs, walk(), () => new Uint8Array(bytes)) };
}

function walkOf(squashfs: Squashfs, policy: PlanPolicy): SquashfsLayer['walk'] {
  return () => layerMembers(squashfs, policy, { sockets: 0, devices: 0, lossy: 0 });
}

/** The same, always by a thread; undefined where there can be none. */
export async function planLayerApart(
  squashfs: Squashfs,
  policy: PlanPolicy,
  threads: Threads,
): Promise<SquashfsLayer | undefined> {
  const { offset, size } = squashfs.region;
  const place = { offset, size, policy };
  const planning = await threads.ask<LayerMeasure>({ kind: 'plan', ...place });
  if (planning === undefined) return undefined;
  const measure = await answerOf(planning);
  async function* hashed({ lent = false }: ChunkOptions = {}): AsyncGenerator<Uint8Array, Digest, void> {
    const chunks = await threads.ask<string>({ kind: 'layer', ...place, lent });
    // The host has refused a second thread: so it is done here.
    if (chunks === undefined) return yield* hashedChunks((await layerHere(squashfs, policy)).stream());
    return sha256Hex(yield* chunks);
  }
  async function* stream(options?: ChunkOptions): AsyncGenerator<Uint8Array, void, void> {
    yield* hashed(options);
  }
  return { ...measure, squashfs, walk: walkOf(squashfs, policy), stream, hashed };
}
