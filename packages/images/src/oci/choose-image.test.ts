import { describe, expect, it } from 'vitest';
import { layoutMaker, type MadeDescriptor } from '../__fixtures__/images.ts';
import { openSource } from '../source.ts';
import { openTarArchive } from '../tar/tar-archive.ts';
import { archiveStore } from './archive-store.ts';
import { chooseImage } from './choose-image.ts';

const { signal } = new AbortController();

/** The digest of the chosen manifest. */
async function choose(archive: Uint8Array, member?: string, architecture = 'amd64', foreign = false): Promise<string> {
  const source = await openSource(new Blob([Buffer.from(archive)]), { signal, path: 'x.tar' });
  const store = archiveStore(await openTarArchive(source));
  return (await chooseImage(store, { member, architecture, foreign })).digest.text;
}

const named = (descriptor: MadeDescriptor, annotations: object): MadeDescriptor => ({ ...descriptor, annotations });
const tag = (descriptor: MadeDescriptor, name: string): MadeDescriptor =>
  named(descriptor, { 'org.opencontainers.image.ref.name': name });
const bare = ({ mediaType, digest, size }: MadeDescriptor): MadeDescriptor => ({ mediaType, digest, size });

describe('chooseImage', () => {
  it('takes the only image, whatever it is called', async () => {
    const maker = layoutMaker();
    const image = bare(maker.image('amd64'));
    expect(await choose(maker.finish([tag(image, 'v1')]))).toBe(image['digest']);
  });

  it('takes one image under two names for one image', async () => {
    const maker = layoutMaker();
    const image = bare(maker.image('amd64'));
    expect(await choose(maker.finish([tag(image, 'v1'), tag(image, 'v2')]))).toBe(image['digest']);
  });

  it('finds members by tag, by full name, by completed name, by place and by digest', async () => {
    const maker = layoutMaker();
    const [a, b] = [bare(maker.image('amd64')), bare(maker.image('arm64'))];
    const both = { 'org.opencontainers.image.ref.name': '1', 'io.containerd.image.name': 'docker.io/library/b:1' };
    const archive = maker.finish([tag(a, 'localhost/a:1'), named(b, both)]);
    for (const member of ['localhost/a:1', '@0', `@${String(a['digest'])}`]) {
      expect(await choose(archive, member)).toBe(a['digest']);
    }
    for (const member of ['1', 'b:1', 'docker.io/library/b:1', '@1', `@${String(b['digest'])}`]) {
      expect(await choose(archive, member)).toBe(b['digest']);
    }
  });

  it('lists the members when several are meant, and when the one asked for is missing', async () => {
    const maker = layoutMaker();
    const archive = maker.finish([tag(bare(maker.image('amd64')), 'v1'), tag(bare(maker.image('arm64')), 'v2')]);
    await expect(choose(archive)).rejects.toMatchObject({
      code: 'INVALID_IMAGE',
      message: expect.stringMatching(/"v1", "v2"/),
    });
    for (const member of ['v3', '@2', `@sha256:${'0'.repeat(64)}`, '@', '__proto__']) {
      await expect(choose(archive, member)).rejects.toMatchObject({
        code: 'IMAGE_NOT_FOUND',
        details: { images: ['v1', 'v2'] },
      });
    }
  });

  it('chooses by platform, in a flat index and through nested ones, leaving attestations out', async () => {
    const maker = layoutMaker();
    const images = ['arm64', 'amd64', 's390x'].map((architecture) => maker.image(architecture));
    const attestation = { ...maker.image('x'), platform: { os: 'unknown', architecture: 'unknown' } };
    const flat = maker.finish([...images, attestation]);
    const nested = maker.finish([tag(maker.index([maker.index([...images, attestation])]), 'v1')]);
    for (const archive of [flat, nested]) {
      expect(await choose(archive, undefined, 'amd64')).toBe(images[1]?.['digest']);
      expect(await choose(archive, undefined, 's390x')).toBe(images[2]?.['digest']);
    }
    expect(await choose(nested, 'v1', 'arm64')).toBe(images[0]?.['digest']);
  });

  it('takes for looking at what is for another machine: the only image, and one named by its place', async () => {
    const maker = layoutMaker();
    const [arm, s390x] = [maker.image('arm64'), maker.image('s390x')];
    const alone = maker.finish([arm]);
    expect(await choose(alone, undefined, 'amd64', true)).toBe(arm['digest']);
    await expect(choose(alone)).rejects.toMatchObject({ code: 'PLATFORM_MISMATCH' });
    const both = maker.finish([tag(arm, 'v1'), tag(s390x, 'v2')]);
    expect(await choose(both, '@1', 'amd64', true)).toBe(s390x['digest']);
    await expect(choose(both, '@1')).rejects.toMatchObject({ code: 'PLATFORM_MISMATCH' });
    const several = maker.finish([tag(maker.index([arm, s390x]), 'v1')]);
    await expect(choose(several, '@0', 'amd64', true)).rejects.toMatchObject({ code: 'PLATFORM_MISMATCH' });
  });

  it('lists the platforms there are, and takes another one only by digest', async () => {
    const maker = layoutMaker();
    const images = [maker.image('arm64'), maker.image('s390x')];
    for (const archive of [maker.finish([tag(maker.index(images), 'v1')]), maker.finish(images.slice(0, 1))]) {
      await expect(choose(archive)).rejects.toMatchObject({
        code: 'PLATFORM_MISMATCH',
        message: expect.stringMatching(/linux\/amd64, only for "linux\/arm64"/),
        hint: expect.stringMatching(/@sha256:/),
      });
      const digest = String(images[0]?.['digest']);
      expect(await choose(archive, `@${digest}`)).toBe(digest);
    }
  });

  it('prefers the newest variant of arm that runs, and the oldest of amd64', async () => {
    const maker = layoutMaker();
    const of = (architecture: string, variant: string): MadeDescriptor =>
      maker.blob(
        'application/vnd.oci.image.manifest.v1+json',
        { variant, architecture },
        { platform: { os: 'linux', architecture, variant } },
      );
    const arm = [of('arm', 'v5'), of('arm', 'v7'), of('arm', 'v6')];
    expect(await choose(maker.finish(arm), undefined, 'arm/v7')).toBe(arm[1]?.['digest']);
    expect(await choose(maker.finish(arm), undefined, 'arm/v6')).toBe(arm[2]?.['digest']);
    await expect(choose(maker.finish(arm.slice(1)), undefined, 'arm/v5')).rejects.toMatchObject({
      code: 'PLATFORM_MISMATCH',
    });
    const amd = [of('amd64', 'v3'), of('amd64', 'v1')];
    expect(await choose(maker.finish(amd))).toBe(amd[1]?.['digest']);
  });

  it('refuses indexes inside indexes without end, and indexes that are forged', async () => {
    const maker = layoutMaker();
    let index = maker.image('amd64');
    for (let depth = 0; depth < 6; depth += 1) index = maker.index([index]);
    await expect(choose(maker.finish([index]))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    const forged = layoutMaker();
    const claimed = { ...forged.index([]), digest: `sha256:${'1'.repeat(64)}` };
    await expect(choose(forged.finish([claimed]))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });

  const bad: readonly (readonly [string, object])[] = [
    ['a digest that is a path', { mediaType: 'x', digest: 'sha256:../../../etc/passwd', size: 1 }],
    ['another digest algorithm', { mediaType: 'x', digest: `md5:${'0'.repeat(32)}`, size: 1 }],
    ['a negative size', { mediaType: 'x', digest: `sha256:${'0'.repeat(64)}`, size: -1 }],
    ['a size that is no number', { mediaType: 'x', digest: `sha256:${'0'.repeat(64)}`, size: '1' }],
    [
      'annotations that are no texts',
      { mediaType: 'x', digest: `sha256:${'0'.repeat(64)}`, size: 1, annotations: { a: {} } },
    ],
  ];
  it.each(bad)('refuses a descriptor with %s', async (_, descriptor) => {
    const archive = layoutMaker().finish([{ ...descriptor }]);
    await expect(choose(archive)).rejects.toMatchObject({ code: 'CORRUPT_IMAGE', details: { where: 'index.json' } });
  });

  it('refuses an index with too many images, and one with none', async () => {
    const descriptor = { mediaType: 'x', digest: `sha256:${'0'.repeat(64)}`, size: 1 };
    const many = layoutMaker().finish(Array.from({ length: 5000 }, () => descriptor));
    await expect(choose(many)).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    await expect(choose(layoutMaker().finish([]))).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
  });

  it('reads an index once, however many others name it, so that a small hostile file costs no hours', async () => {
    const maker = layoutMaker();
    let inner = bare(maker.index([]));
    for (let depth = 0; depth < 3; depth += 1) inner = bare(maker.index(Array.from({ length: 2_000 }, () => inner)));
    const image = bare(maker.image('amd64'));
    expect(await choose(maker.finish([...Array.from({ length: 2_000 }, () => inner), image]))).toBe(image['digest']);
  });

  it('refuses a file whose indexes lead to more images than a store may hold', async () => {
    const maker = layoutMaker();
    const image = bare(maker.image('amd64'));
    const index = bare(maker.index(Array.from({ length: 4_000 }, () => image)));
    await expect(choose(maker.finish([index, index]))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });
});
