import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { emptyImage } from './empty-image.ts';
import { readTarEntries } from './tar-entries.ts';

async function filesOf(tar: Uint8Array): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const source = async function* (): AsyncGenerator<Uint8Array> {
    yield tar;
  };
  for await (const entry of readTarEntries(source())) {
    const parts: Uint8Array[] = [];
    for await (const part of entry.content) parts.push(part);
    files.set(entry.name, Buffer.concat(parts));
  }
  return files;
}

describe('emptyImage', () => {
  it('holds blobs whose names are their digests', async () => {
    const blobs = [...(await filesOf(emptyImage('amd64').tar))].filter(([name]) => name.startsWith('blobs/'));
    const digests = blobs.map(([, bytes]) => createHash('sha256').update(bytes).digest('hex'));
    expect(blobs.map(([name]) => name)).toEqual(digests.map((digest) => `blobs/sha256/${digest}`));
    expect(blobs).toHaveLength(2);
  });

  it('is named in both its forms and has a command but no layer (L39)', async () => {
    const { name, tar } = emptyImage('arm64');
    const files = await filesOf(tar);
    const saved = JSON.parse(String(files.get('manifest.json')));
    const oci = JSON.parse(String(files.get('index.json')));
    expect(saved).toEqual([{ Config: expect.stringMatching(/^blobs\/sha256\//), RepoTags: [name], Layers: [] }]);
    expect(oci.manifests[0].annotations).toEqual({ 'org.opencontainers.image.ref.name': name });
    expect(JSON.parse(String(files.get(saved[0].Config)))).toMatchObject({
      architecture: 'arm64',
      config: { Cmd: ['/x'] },
      rootfs: { diff_ids: [] },
    });
  });

  it('has one name for equal content and another for another architecture', () => {
    expect(emptyImage('amd64').name).toBe(emptyImage('amd64').name);
    expect(emptyImage('amd64').name).not.toBe(emptyImage('arm64').name);
    expect(emptyImage('amd64').name).toMatch(/^localhost\/fairlead\/empty:[0-9a-f]{40}$/);
  });

  it('is small', () => {
    expect(emptyImage('amd64').tar.length).toBeLessThan(12 * 1024);
  });
});
