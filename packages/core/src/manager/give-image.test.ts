import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BackendImages } from '../backend/backend.ts';
import type { Progress } from '../call.ts';
import { FairleadError } from '../errors.ts';
import { passUntilSettled, stopClock } from './__fixtures__/fake-clock.ts';
import { replace } from './__fixtures__/replace.ts';
import { imageName, slowKnowledge, type Steps } from './__fixtures__/slow-knowledge.ts';
import { testManager, type TestManager } from './__fixtures__/test-manager.ts';

const image = 'oci-archive:/a.tar';
const reason = new Error('no more');
afterEach(() => vi.useRealTimers());

function opened(
  change: (images: BackendImages) => Partial<BackendImages> = () => ({}),
  steps: Steps = {},
): Promise<TestManager> {
  return testManager({
    managerOptions: { images: slowKnowledge(steps) },
    decorate: replace(({ images }) => ({ images: { ...images, ...change(images) } })),
  });
}

/** Ensures, and aborts when it hears of a phase. */
function abortedAt(test: TestManager, at: Progress['phase'], seen: string[] = []): Promise<unknown> {
  const controller = new AbortController();
  const onProgress = ({ phase }: Progress): void => {
    seen.push(phase);
    if (phase === at) controller.abort(reason);
  };
  return test.manager.images.ensure(image, { signal: controller.signal, onProgress });
}

describe('giving an image to an engine', () => {
  it('tells each phase in its order', async () => {
    await using test = await opened();
    const seen: string[] = [];
    await test.manager.images.ensure(image, { onProgress: ({ phase }) => seen.push(phase) });
    expect(seen).toEqual(['resolving', 'converting', 'loading']);
  });

  it('asks the engine for nothing when the image cannot be converted', async () => {
    const broken = new FairleadError({ code: 'CORRUPT_IMAGE', message: 'no' });
    const load = vi.fn<NonNullable<BackendImages['load']>>();
    await using test = await opened(() => ({ load }), { before: () => Promise.reject(broken) });
    await expect(test.manager.images.ensure(image)).rejects.toBe(broken);
    expect(load).not.toHaveBeenCalled();
  });

  it('does not give the last chunk of an image that turns out damaged', async () => {
    const broken = new FairleadError({ code: 'CORRUPT_IMAGE', message: 'no' });
    await using test = await opened(undefined, { middle: () => Promise.reject(broken) });
    await expect(test.manager.images.ensure(image)).rejects.toBe(broken);
    expect(test.engine.loads).toEqual([]);
  });

  it.each(['resolving', 'converting'] as const)('aborted while %s cuts the stream and leaves nothing', async (at) => {
    await using test = await opened();
    await expect(abortedAt(test, at)).rejects.toBe(reason);
    expect([test.engine.loads, [...test.engine.images.keys()].filter((name) => name.includes('fairlead'))]).toEqual([
      [],
      [],
    ]);
  });

  it('aborted after the last chunk waits for the engine and takes the image back', async () => {
    const removed: string[] = [];
    await using test = await opened(({ remove }) => ({
      async remove(name, call) {
        removed.push(name);
        await remove?.(name, call);
      },
    }));
    await expect(abortedAt(test, 'loading')).rejects.toBe(reason);
    expect(removed).toEqual([imageName]);
    expect([...test.engine.images.keys()].filter((name) => name.includes('fairlead'))).toEqual([]);
  });

  it('leaves an image that somebody runs meanwhile', async () => {
    const remove = (): Promise<never> => Promise.reject(new FairleadError({ code: 'IN_USE', message: 'used' }));
    await using test = await opened(() => ({ remove }));
    await expect(abortedAt(test, 'loading')).rejects.toBe(reason);
  });

  it('tells what is left if the engine does not take it back, or does not end', async () => {
    const left = { code: 'ROLLBACK_FAILED', details: { left: [imageName] } };
    {
      const remove = (): Promise<never> => Promise.reject(new FairleadError({ code: 'ENGINE_FAILURE', message: 'no' }));
      await using test = await opened(() => ({ remove }));
      await expect(abortedAt(test, 'loading')).rejects.toMatchObject(left);
    }
    stopClock();
    const load: BackendImages['load'] = async (stream, { signal }) => {
      for await (const _ of stream);
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    await using test = await opened(() => ({ load }));
    expect(await passUntilSettled(abortedAt(test, 'loading'))).toMatchObject(left);
  });

  it('tells an engine’s refusal as it is, also after the last chunk', async () => {
    const refused = new FairleadError({ code: 'ENGINE_FAILURE', message: 'no space left' });
    await using test = await opened(() => ({
      async load(stream) {
        for await (const _ of stream);
        throw refused;
      },
    }));
    await expect(test.manager.images.ensure(image)).rejects.toBe(refused);
  });
});
