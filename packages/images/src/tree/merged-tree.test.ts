import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { StoredLayer } from '../convert/stored-image.ts';
import { limits } from '../limits.ts';
import { sha256 } from '../oci/digest.ts';
import { mediaType } from '../oci/media-type.ts';
import { concatBytes, tarHeader } from '../tar/tar-header.ts';
import { tarLayerEntries, type LayerEntry } from './layer-entry.ts';
import { mergeLayers } from './merged-tree.ts';
import type { TreeNode } from './tree-node.ts';

const { signal } = new AbortController();
const path = 'image';

function gzipLayer(tar: Uint8Array): StoredLayer {
  const stored = gzipSync(tar);
  const told = { compression: 'gzip', mediaType: `${mediaType.layer}+gzip`, size: stored.length } as const;
  return {
    ...told,
    digest: sha256(stored),
    diffId: sha256(tar),
    async *stream() {
      yield stored;
    },
  };
}

function merged(...layers: readonly (readonly LayerEntry[])[]): Promise<TreeNode> {
  const streams = layers.map(async function* entries(layer) {
    yield* layer;
  });
  return mergeLayers(streams, { path, signal });
}

const facts = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0, size: 0, target: '', major: 0, minor: 0 };

function file(name: string, target = ''): LayerEntry {
  const node = { kind: 'node', facts: { ...facts, type: 'file', target }, content: undefined, heldBytes: 0 } as const;
  return { ...node, path: name.split('/') };
}

const link = (name: string, to: string): LayerEntry => ({ kind: 'link', path: name.split('/'), to: to.split('/') });

/** Bytes on the heap once all that can go has gone. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  // Only the flag makes it a function, and it has just been set.
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

describe('a tree made of layers', { timeout: 60_000 }, () => {
  it('holds nothing of the headers of its files', async () => {
    const layer = gzipLayer(
      concatBytes(
        Array.from({ length: 60 }, (_, at) => {
          const comment = `1000000 comment=${'a'.repeat(1_000_000 - 17)}\n`;
          const extension = Buffer.from(tarHeader({ type: 'file', name: 'x', size: 1_000_000 }));
          extension.write('x', 156);
          extension.write('        ', 148);
          extension.write(
            `${extension
              .reduce((sum, byte) => sum + byte, 0)
              .toString(8)
              .padStart(6, '0')}\0 `,
            148,
          );
          const padding = new Uint8Array(512 - (1_000_000 % 512));
          return concatBytes([
            extension,
            Buffer.from(comment),
            padding,
            tarHeader({ type: 'file', name: `f${at}`, size: 0 }),
          ]);
        }),
      ),
    );
    const before = heapBytes();
    const tree = await mergeLayers([tarLayerEntries({ layer, path, signal })], { path, signal });
    expect(heapBytes() - before).toBeLessThan(5_000_000);
    expect((await tree.child('f59'))?.facts.type).toBe('file');
  });

  it('holds so many names and no more: folders that only lie on a way, links and marks count too', async () => {
    const folder = Array.from({ length: 250 }, (_, at) => String(at)).join('/');
    const deep = function* deepFiles(): Generator<LayerEntry> {
      for (let at = 0; at < limits.heldNodes / 250; at += 1) yield file(`${at}/${folder}`);
    };
    const marks = function* whiteouts(): Generator<LayerEntry> {
      for (let at = 0; at <= limits.heldNodes; at += 1) yield { kind: 'whiteout', path: ['x'] };
    };
    const long = function* longTargets(): Generator<LayerEntry> {
      for (let at = 0; at <= limits.namesBytes / 4096; at += 1) yield file('x', 'y'.repeat(4096));
    };
    for (const entries of [deep, marks, long]) {
      const layer = (async function* layer() {
        yield* entries();
      })();
      await expect(mergeLayers([layer], { path, signal })).rejects.toMatchObject({ code: 'POLICY_DENIED' });
    }
  });

  it('is refused where a link leads to a folder, of its own layer or of one below', async () => {
    const refused = { code: 'CORRUPT_IMAGE', message: expect.stringMatching(/link "\/a\/b".*"\/a"/) };
    await expect(merged([file('a/x'), link('a/b', 'a')])).rejects.toMatchObject(refused);
    await expect(merged([file('a/x')], [link('a/b', 'a')])).rejects.toMatchObject(refused);
    await expect(merged([{ kind: 'link', path: ['b'], to: [] }])).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    const tree = await merged([file('a/x'), link('a/y', 'a/x')], [link('z', 'a/y')]);
    expect((await tree.child('z'))?.facts.type).toBe('file');
  });
});
