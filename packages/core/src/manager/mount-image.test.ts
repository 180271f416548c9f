import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FairleadError } from '../errors.ts';
import type { ImageKnowledge } from '../image/converter.ts';
import type { ImageConfig } from '../image/image.ts';
import type { ImageMounter, MountableImage, MountMode } from '../image/mounter.ts';
import { unsupported, type Supports } from '../support.ts';
import { slowKnowledge } from './__fixtures__/slow-knowledge.ts';
import { testManager, type TestManager } from './__fixtures__/test-manager.ts';

interface Parts {
  readonly mount?: MountMode;
  readonly supports?: Partial<Supports>;
  readonly config?: ImageConfig;
  readonly noted?: string[];
  readonly check?: ImageMounter['check'];
}

/** Files that hold the reference of the program that stands for them. */
function mounter({ config = {}, check = async () => undefined }: Parts): ImageMounter {
  return {
    from: ['oci-archive'],
    async describe({ path }) {
      const {
        dev: device,
        ino: inode,
        size,
        mtimeNs: modifiedNs,
        ctimeNs: changedNs,
      } = await stat(path, { bigint: true });
      return { file: { path, device, inode, size, modifiedNs, changedNs }, offset: 0, config };
    },
    check,
    explain: async () => 'as it stands there',
  };
}

async function mounting(parts: Parts = {}): Promise<TestManager & { readonly image: string }> {
  const images: ImageKnowledge = { ...slowKnowledge({ noted: parts.noted ?? [] }), mounter: mounter(parts) };
  const managerOptions = { images, mount: parts.mount ?? 'auto' } as const;
  const made = await testManager({ managerOptions, ...(parts.supports && { supports: parts.supports }) });
  const image = join(made.stateFolder, 'image');
  await writeFile(image, 'say:1');
  return { ...made, image };
}

const cannot: Partial<Supports> = { 'images.mount': unsupported('nothing serves a mount', 'install it') };

describe('an image file', () => {
  it('runs over a mount as its configuration says, and nothing is converted (V8)', async () => {
    const noted: string[] = [];
    await using made = await mounting({ noted, config: { command: ['from', 'the config'] } });
    const { manager, engine, image } = made;
    expect(manager.mounts).toEqual(['oci-archive']);
    await expect(manager.images.ensure(image)).resolves.toEqual({ id: image });
    await using container = await manager.run({ image });
    expect([...engine.mounts.values()]).toMatchObject([{ path: image, program: 'say:1' }]);
    await container.wait();
    const lines: string[] = [];
    for await (const { text } of container.logs()) lines.push(text);
    expect(lines).toEqual(['from', 'the config']);
    await container.remove();
    expect([engine.mounts.size, noted]).toEqual([0, []]);
  });

  it('is converted by a manager that was not told to mount', async () => {
    const noted: string[] = [];
    await using made = await mounting({ noted, mount: 'never' });
    expect(made.manager.mounts).toEqual([]);
    await made.manager.runToCompletion({ image: made.image });
    expect(noted).toContain('stream');
  });

  it('is converted where the engine cannot mount, unless a mount is all that will do', async () => {
    const noted: string[] = [];
    await using auto = await mounting({ noted, supports: cannot });
    await auto.manager.runToCompletion({ image: auto.image });
    expect(noted).toContain('stream');
    await using always = await mounting({ mount: 'always', supports: cannot });
    const refusal = { key: 'images.mount', reason: 'nothing serves a mount', hint: 'install it' };
    await expect(always.manager.check({ image: always.image })).resolves.toEqual([refusal]);
    await expect(always.manager.run({ image: always.image })).rejects.toThrow(/images\.mount: nothing serves a mount/);
    await expect(always.manager.runToCompletion({ image: 'say:1' })).resolves.toMatchObject({ exit: { code: 0 } });
  });

  it('is refused before any effect where its metadata is not as a conversion would take it', async () => {
    const denied = new FairleadError({ code: 'POLICY_DENIED', message: 'too many members' });
    await using made = await mounting({ check: () => Promise.reject(denied) });
    await expect(made.manager.run({ image: made.image })).rejects.toBe(denied);
    expect([made.engine.mounts.size, made.engine.containers.size]).toEqual([0, 0]);
  });

  it('is described once: what is checked is what the engine mounts', async () => {
    const checked: MountableImage[] = [];
    await using made = await mounting({ check: async (_image, described) => void checked.push(described) });
    await using container = await made.manager.create({ image: made.image });
    expect(checked).toHaveLength(1);
    expect(made.engine.container(container.id).plan.mounted).toBe(checked[0]);
  });

  it('of another architecture is no image for this engine: check tells it as a refusal, run by its code', async () => {
    await using made = await mounting({ config: { architecture: 's390x' } });
    const [refusal] = await made.manager.check({ image: made.image });
    expect(refusal).toMatchObject({ key: 'images.mount', hint: expect.stringContaining('platform') });
    await expect(made.manager.run({ image: made.image })).rejects.toMatchObject({ code: 'PLATFORM_MISMATCH' });
  });

  it('that is mounted gets files as private copies, because its root is put together at the start', async () => {
    await using made = await mounting();
    const files = [{ target: '/etc/model', content: 'w' }];
    await using container = await made.manager.create({ image: made.image, files });
    const plan = made.engine.container(container.id).plan;
    expect([plan.files, plan.mounts.map(({ target }) => target)]).toEqual([[], ['/etc/model']]);
  });

  it('leaves no mount where the create fails', async () => {
    await using made = await mounting();
    await using _first = await made.manager.create({ image: 'say:1', name: 'taken' });
    await expect(made.manager.create({ image: made.image, name: 'taken' })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(made.engine.mounts.size).toBe(0);
  });
});
