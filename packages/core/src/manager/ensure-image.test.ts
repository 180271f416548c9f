import { describe, expect, it, vi } from 'vitest';
import type { ImageConverter, ImageKnowledge } from '../image/converter.ts';
import type { FoundImage } from '../image/image.ts';
import { FairleadError } from '../errors.ts';
import { label } from '../estate/labels.ts';
import { replace } from './__fixtures__/replace.ts';
import { testManager } from './__fixtures__/test-manager.ts';

const loaded = `localhost/fairlead/oci:${'a'.repeat(40)}`;

/** A converter whose result the in-memory engine loads as an image that says its arguments. */
function converter(noted: string[] = []): ImageConverter {
  return {
    from: ['oci-archive'],
    to: 'docker-archive',
    open: async ({ path }) => {
      noted.push(`open ${path}`);
      return {
        name: loaded,
        labels: {},
        async *stream() {
          noted.push('stream');
          yield Buffer.from(JSON.stringify({ name: loaded, program: 'say:1' }));
        },
        [Symbol.asyncDispose]: async () => void noted.push('disposed'),
      };
    },
  };
}

function knowledge(parts: Partial<ImageKnowledge> = {}): ImageKnowledge {
  return {
    detect: async (path) => ({ format: 'oci-archive', path }),
    describe: async () => ({ stopSignal: 'SIGINT' }),
    converters: [converter()],
    ...parts,
  };
}

describe('formats of a manager', () => {
  it('are those of the engine, then those that can be converted for it, told apart', async () => {
    await using test = await testManager({ managerOptions: { images: knowledge() } });
    expect(test.manager).toMatchObject({ formats: ['registry', 'oci-archive'], converts: ['oci-archive'] });
    expect(test.another()).toMatchObject({ formats: ['registry'], converts: [] });
  });
});

describe('images.ensure', () => {
  it('takes what the engine runs itself, with its name', async () => {
    await using test = await testManager();
    await expect(test.manager.images.ensure('say:1')).resolves.toEqual({
      id: 'say:1',
      name: 'docker.io/library/say:1',
    });
  });

  it('converts and loads once, and frees the source', async () => {
    const noted: string[] = [];
    const images = knowledge({ converters: [converter(noted)] });
    await using test = await testManager({ managerOptions: { images } });
    const first = await test.manager.images.ensure('oci-archive:/a.tar');
    const second = await test.manager.images.ensure({ format: 'oci-archive', path: '/a.tar' });
    expect([first.name, second.name]).toEqual([loaded, loaded]);
    expect(noted).toEqual(['open /a.tar', 'stream', 'disposed', 'open /a.tar', 'disposed']);
  });

  it('frees the source when the engine refuses to load', async () => {
    const noted: string[] = [];
    const broken = new FairleadError({ code: 'CORRUPT_IMAGE', message: 'no' });
    await using test = await testManager({
      managerOptions: { images: knowledge({ converters: [converter(noted)] }) },
      decorate: replace((backend) => ({ images: { ...backend.images, load: () => Promise.reject(broken) } })),
    });
    await expect(test.manager.images.ensure('oci-archive:/a.tar')).rejects.toBe(broken);
    expect(noted.at(-1)).toBe('disposed');
  });

  it('does not trust an engine that does not know what it took', async () => {
    await using test = await testManager({
      managerOptions: { images: knowledge() },
      decorate: replace((backend) => ({ images: { ...backend.images, load: () => Promise.resolve() } })),
    });
    await expect(test.manager.images.ensure('oci-archive:/a.tar')).rejects.toMatchObject({
      code: 'ENGINE_FAILURE',
      operation: 'load',
      details: { path: '/a.tar', name: loaded },
    });
  });

  it('works for a backend that is a class with state of its own', async () => {
    class OwnImages {
      readonly #known = new Map([['a', { id: 'sha256:1' }]]);
      ensure = async (): Promise<{ id: string }> => ({ id: 'a' });
      async find(): Promise<FoundImage | undefined> {
        const found = this.#known.get('a');
        return found && { ...found, labels: {} };
      }
      async load(): Promise<void> {
        this.#known.clear();
      }
    }
    await using test = await testManager({
      managerOptions: { images: knowledge() },
      decorate: replace(() => ({ images: new OwnImages() })),
    });
    await expect(test.manager.images.ensure('oci-archive:/a.tar')).resolves.toEqual({ id: 'sha256:1', name: loaded });
  });

  it('refuses a format that nothing converts, and names those that work', async () => {
    await using test = await testManager();
    await expect(test.manager.images.ensure('sif:/model')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('format sif cannot be run; it takes registry'),
    });
  });
});

describe('the image of a spec', () => {
  it('that is a path is told by its content, before the engine is asked', async () => {
    const detect = vi.fn<ImageKnowledge['detect']>().mockResolvedValue({ format: 'oci-archive', path: '/m.bin' });
    await using test = await testManager({ managerOptions: { images: knowledge({ detect }) } });
    const container = await test.manager.run({ image: '/m.bin', command: ['hi'] });
    expect(detect).toHaveBeenCalledWith('/m.bin', expect.anything());
    const plan = test.engine.containers.get(container.id)?.plan;
    expect(plan).toMatchObject({ image: { format: 'oci-archive' }, ensured: { name: loaded }, stopSignal: 'SIGINT' });
    expect(plan?.labels[label.reference]).toBe('/m.bin');
  });

  it('that is a path cannot be told without knowledge of images', async () => {
    const probe = vi.fn<() => never>();
    await using test = await testManager({ decorate: replace(() => ({ probe })) });
    await expect(test.manager.run({ image: './model' })).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
    expect(probe).not.toHaveBeenCalled();
  });

  it('is labelled with the digest that the engine tells', async () => {
    await using test = await testManager({
      decorate: replace((backend) => ({
        images: { ...backend.images, ensure: async () => ({ id: 'sleep:1', digest: 'sha256:ab' }) },
      })),
    });
    const { id } = await test.manager.run({ image: 'sleep:1' });
    expect(test.engine.containers.get(id)?.plan.labels[label.imageDigest]).toBe('sha256:ab');
  });
});
