import { describe, expect, it } from 'vitest';
import { FairleadError } from '../errors.ts';
import type { ImageConverter, ImageKnowledge, VerifiedImage } from '../image/converter.ts';
import type { FileImageRef } from '../image/image.ts';
import { imageName, slowKnowledge } from './__fixtures__/slow-knowledge.ts';
import { replace } from './__fixtures__/replace.ts';
import { testManager, type TestManager } from './__fixtures__/test-manager.ts';

const refused = new FairleadError({ code: 'POLICY_DENIED', message: 'not signed' });
const changed = new FairleadError({ code: 'CORRUPT_IMAGE', message: 'changed' });

/** A manager whose engine runs SIFs itself, and one of OCI archives that it has converted for it. */
async function opened(
  noted: string[],
  verify: (image: FileImageRef) => Promise<VerifiedImage | undefined>,
  more: Pick<ImageConverter, 'verifies'> = {},
): Promise<TestManager> {
  const known = slowKnowledge();
  const converters = known.converters.map((each): ImageConverter => ({
    ...each,
    ...more,
    open: async (image, call) => {
      noted.push(`convert ${image.path}`);
      return each.open(image, call);
    },
  }));
  const images: ImageKnowledge = { ...known, converters, verify };
  return testManager({
    managerOptions: { images },
    decorate: replace((backend) => ({
      formats: [...backend.formats, 'sif'],
      images: {
        ...backend.images,
        async ensure(image, call) {
          if (image.format === 'registry') return backend.images.ensure(image, call);
          noted.push(`native ${image.path}`);
          return { id: 'sleep:1' };
        },
      },
    })),
  });
}

describe('an image that has to be verified', () => {
  it.each(['sif:/a', 'oci-archive:/a'])(
    'is refused before any engine gets it, with the same error: %s (V8)',
    async (image) => {
      const noted: string[] = [];
      await using test = await opened(noted, () => Promise.reject(refused));
      await expect(test.manager.images.ensure(image)).rejects.toBe(refused);
      await expect(test.manager.run({ image })).rejects.toBe(refused);
      expect(noted).toEqual([]);
      expect(test.engine.containers.size).toBe(0);
    },
  );

  it('is left to a converter that verifies what it opens, so that nothing is read twice', async () => {
    const noted: string[] = [];
    await using test = await opened(noted, () => Promise.reject(refused), { verifies: true });
    await expect(test.manager.images.ensure('oci-archive:/a')).resolves.toMatchObject({ name: imageName });
    await expect(test.manager.images.ensure('sif:/a')).rejects.toBe(refused);
    expect(noted).toEqual(['convert /a']);
  });

  it('goes to the engine, or into its conversion, by the path that was verified', async () => {
    const noted: string[] = [];
    const verify = async (image: FileImageRef): Promise<VerifiedImage> => ({
      image: { ...image, path: '/real' },
      checkUnchanged: () => Promise.resolve(),
    });
    await using test = await opened(noted, verify);
    await expect(test.manager.images.ensure('sif:/a')).resolves.toEqual({ id: 'sleep:1' });
    await expect(test.manager.images.ensure('oci-archive:/a')).resolves.toMatchObject({ name: imageName });
    expect(noted).toEqual(['native /real', 'convert /real']);
  });

  it.each([1, 2])(
    'is not run when it has changed by look %d: after the engine has taken it, and after it has started',
    async (at) => {
      const noted: string[] = [];
      let looks = 0;
      const verify = async (image: FileImageRef): Promise<VerifiedImage> => ({
        image,
        checkUnchanged: () => (++looks === at ? Promise.reject(changed) : Promise.resolve()),
      });
      await using test = await opened(noted, verify);
      await expect(test.manager.run({ image: 'sif:/a' })).rejects.toBe(changed);
      expect(looks).toBe(at);
      expect(test.engine.containers.size).toBe(0);
    },
  );

  it('is none where nobody asks for it, nor one of a registry', async () => {
    const noted: string[] = [];
    await using test = await opened(noted, () => Promise.reject(refused));
    await expect(test.manager.images.ensure('say:1')).resolves.toMatchObject({ id: 'say:1' });
  });
});
