import { expect, it } from 'vitest';
import { collect } from '../__fixtures__/images.ts';
import { lower, ociSif } from '../__fixtures__/oci-sif.ts';
import { sha256 } from '../oci/digest.ts';
import { openSource } from '../source.ts';
import { configOf } from './describe-oci-sif.ts';
import { readOciSifImage, type OciSifImage } from './oci-sif-image.ts';

/** An image of that many layers of one blob, with more in its config. */
async function image(layers: number, config: object): Promise<OciSifImage> {
  const bytes = ociSif({ layers: Array.from({ length: layers }, () => lower), config });
  const source = await openSource(new Blob([Uint8Array.from(bytes)]), { signal: new AbortController().signal });
  return readOciSifImage(source, { member: undefined, architecture: 'amd64' });
}

it('a config gets the digests of its layers, and keeps all else byte for byte', async () => {
  const text = 'é'.repeat(1000);
  const made = await image(2, { comment: `${text} sha256:${'0'.repeat(64)}` });
  const before = Buffer.from(made.description.config.bytes).toString();
  const diffId = sha256(Buffer.from('new'));
  const packed = made.layers.map(() => ({ diffId }));
  const after = (await collect(configOf(made, packed).stream())).toString();
  expect(after).toBe(before.replaceAll(sha256(lower.content).text, diffId.text));
  expect(after).toContain(diffId.text);
});

it('a config whose digests cannot be told apart in its text is written anew', async () => {
  const made = await image(1, { comment: sha256(lower.content).text });
  const diffId = sha256(Buffer.from('new'));
  const config: unknown = JSON.parse((await collect(configOf(made, [{ diffId }]).stream())).toString());
  expect(config).toMatchObject({
    comment: sha256(lower.content).text,
    rootfs: { diff_ids: [diffId.text] },
  });
});
