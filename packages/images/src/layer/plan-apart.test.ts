import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { collect } from '../__fixtures__/images.ts';
import { packed } from '../__fixtures__/packed.ts';
import { gzippedImage, packedImage } from '../__fixtures__/squashfs.ts';
import { sha256 } from '../oci/digest.ts';
import { sourceDigest } from '../source-digest.ts';
import { openSource, type Source } from '../source.ts';
import { openSquashfs, type Squashfs } from '../squashfs/squashfs.ts';
import { answerOf } from '../thread/threads.ts';
import type { PlanPolicy } from './layer-policy.ts';
import { planLayer, planLayerApart, type SquashfsLayer } from './squashfs-layer.ts';

interface Opened extends AsyncDisposable {
  readonly source: Source;
  readonly squashfs: Squashfs;
  plan(policy?: PlanPolicy): Promise<SquashfsLayer>;
}

async function open(bytes: Uint8Array, signal: AbortSignal = new AbortController().signal): Promise<Opened> {
  const source = await openSource(new Blob([Buffer.from(bytes)]), { signal, path: 'image' });
  const squashfs = await openSquashfs(source, 0);
  const plan: Opened['plan'] = async (policy = {}) => {
    const layer = source.threads && (await planLayerApart(squashfs, policy, source.threads));
    if (layer === undefined) throw new Error('there is no thread here');
    return layer;
  };
  return { source, squashfs, plan, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
}

/** What the kernel knows: the names of this process's threads. */
async function threads(): Promise<number> {
  const names = await readdir('/proc/self/task');
  const read = names.map((name) => readFile(`/proc/self/task/${name}/comm`, 'utf8').catch(() => ''));
  return (await Promise.all(read)).filter((name) => name.trim() === 'fairlead image').length;
}

/** An image whose first block of content is damaged. */
function damaged(): Buffer {
  return packedImage('gzip').fill(0xaa, 106, 156);
}

function factsOf({ size, members, leftOut }: SquashfsLayer): object {
  return { size, members, leftOut };
}

const readable = Object.keys(packed).filter((name) => name !== 'lzma');

describe('planLayerApart', () => {
  it.each(readable)('gives the same bytes, facts and digest as without a thread: %s', async (name) => {
    // The keys of a constant record are its names.
    await using image = await open(packedImage(name as keyof typeof packed));
    const [apart, here] = [await image.plan(), await planLayer(image.squashfs)];
    const expected = Buffer.from(await collect(here.stream()));
    expect(Buffer.from(await collect(apart.stream())).equals(expected)).toBe(true);
    expect(factsOf(apart)).toEqual(factsOf(here));
    const hashed = apart.hashed?.({ lent: true });
    expect(hashed && (await answerOf(hashed)).text).toBe(sha256(expected).text);
  });

  it('a chunk that is lent is right until the next one is asked for', async () => {
    await using image = await open(gzippedImage('copies'));
    const [apart, here] = [await image.plan({ maxRatio: 1e6 }), await planLayer(image.squashfs, { maxRatio: 1e6 })];
    const expected = here.stream();
    let chunks = 0;
    for await (const chunk of apart.stream({ lent: true })) {
      const { value } = await expected.next();
      if (!Buffer.from(chunk).equals(Buffer.from(value ?? []))) throw new Error(`chunk ${chunks} is not the same`);
      chunks += 1;
      if (chunks === 40) break;
    }
    await expected.return();
    expect(chunks).toBe(40);
  });

  it('tells errors as they are told without a thread', async () => {
    const expected: unknown = await open(damaged()).then(async ({ squashfs }) => {
      return collect((await planLayer(squashfs)).stream()).catch((error: unknown) => error);
    });
    await using image = await open(damaged());
    const layer = await image.plan();
    const found: unknown = await collect(layer.stream()).catch((error: unknown) => error);
    expect(JSON.stringify(found)).toBe(JSON.stringify(expected));
    expect(found).toMatchObject({ code: 'CORRUPT_IMAGE', cause: { code: 'Z_DATA_ERROR' } });
    await expect(image.plan({ maxBytes: 1000 })).rejects.toMatchObject({ code: 'POLICY_DENIED' });
  });

  it('ends the thread and gives the reason when it is cancelled, and when the source is closed (F2)', async () => {
    const controller = new AbortController();
    const image = await open(gzippedImage('holes'), controller.signal);
    const stream = (await image.plan({ maxBytes: 2 ** 40, maxHoleBytes: 2 ** 40 })).stream();
    await stream.next();
    expect(await threads()).toBe(1);
    const reason = new Error('enough');
    const reading = stream.next().then(() => stream.next());
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    expect(await threads()).toBe(0);
    await image[Symbol.asyncDispose]();
    const other = await open(packedImage('gzip'));
    await other.plan();
    expect(await threads()).toBe(1);
    await other[Symbol.asyncDispose]();
    expect(await threads()).toBe(0);
  });

  it('can be left early and read again, twice at the same time', async () => {
    await using image = await open(packedImage('zstd'));
    const layer = await image.plan();
    for await (const chunk of layer.stream()) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    const [first, second] = await Promise.all([collect(layer.stream()), collect(layer.stream())]);
    expect(Buffer.from(first).equals(Buffer.from(second))).toBe(true);
    expect(first.length).toBe(layer.size);
    expect(await threads()).toBe(1);
  });

  it('lets timers have their turn', async () => {
    await using image = await open(gzippedImage('holes'));
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    // Long after the third turn, and far before the end of what is read.
    const until = performance.now() + 20_000;
    for await (const chunk of (
      await planLayer(image.squashfs, { maxBytes: 2 ** 40, maxHoleBytes: 2 ** 40 })
    ).stream()) {
      expect(chunk.length).toBeGreaterThan(0);
      if (ticks > 2 || performance.now() > until) break;
    }
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
  });

  it('digests a source, and tells how far it is', async () => {
    await using image = await open(gzippedImage('raw'));
    const told: number[] = [];
    expect(await sourceDigest(image.source, (bytes) => told.push(bytes))).toEqual(sha256(gzippedImage('raw')));
    expect(told.at(-1)).toBe(image.source.size);
  });
});
