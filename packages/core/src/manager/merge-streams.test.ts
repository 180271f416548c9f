import { describe, expect, it } from 'vitest';
import type { BackendCall } from '../backend/backend-call.ts';
import type { LogEnd } from '../logs.ts';
import { sleep } from './call-scope.ts';
import { mergeStreams } from './merge-streams.ts';

type Source = (call: BackendCall) => AsyncGenerator<string, LogEnd, undefined>;

interface Noted {
  readonly source: Source;
  readonly freed: () => boolean;
}

/** A source that gives items at these times in milliseconds and then ends, or never does. */
function source(
  items: readonly (readonly [at: number, item: string])[],
  end: LogEnd | 'never' | Error = { reason: 'exited' },
): Noted {
  let freed = false;
  async function* produce({ signal }: BackendCall): AsyncGenerator<string, LogEnd, undefined> {
    try {
      let now = 0;
      for (const [at, item] of items) {
        await sleep(at - now, signal);
        now = at;
        yield item;
      }
      if (end instanceof Error) throw end;
      if (end === 'never') await sleep(1_000_000, signal);
      return end === 'never' ? { reason: 'left' } : end;
    } finally {
      freed = true;
    }
  }
  return { source: produce, freed: () => freed };
}

const call = (): BackendCall => ({ signal: new AbortController().signal });

async function drain(
  stream: AsyncGenerator<string, LogEnd, undefined>,
): Promise<{ readonly items: readonly string[]; readonly end: LogEnd }> {
  const items: string[] = [];
  for (;;) {
    const { done, value } = await stream.next();
    if (done === true) return { items, end: value };
    items.push(value);
  }
}

describe('mergeStreams', () => {
  it('gives items as they come, and ends when all have ended', async () => {
    const [a, b] = [
      source([
        [5, 'a1'],
        [60, 'a2'],
      ]),
      source([[30, 'b1']]),
    ];
    expect(await drain(mergeStreams([a.source, b.source], call()))).toEqual({
      items: ['a1', 'b1', 'a2'],
      end: { reason: 'exited' },
    });
  });

  it('ends with the first reason that promises less', async () => {
    const ends: readonly LogEnd[] = [{ reason: 'exited' }, { reason: 'removed' }, { reason: 'end-of-tail' }];
    const sources = ends.map((end, index) => source([[index * 10, 'x']], end).source);
    expect(await drain(mergeStreams(sources, call()))).toMatchObject({ end: { reason: 'removed' } });
  });

  it('ends at once without sources', async () => {
    expect(await drain(mergeStreams([], call()))).toEqual({ items: [], end: { reason: 'exited' } });
  });

  it('fails with the failure of one, and frees the others though they say nothing', async () => {
    const [quiet, bad] = [source([], 'never'), source([[5, 'x']], new Error('broken'))];
    await expect(drain(mergeStreams([quiet.source, bad.source], call()))).rejects.toThrow('broken');
    expect([quiet.freed(), bad.freed()]).toEqual([true, true]);
  });

  it('frees all when it is left, without an unhandled rejection', async () => {
    const [quiet, talker] = [
      source([], 'never'),
      source(
        [
          [1, 'a'],
          [2, 'b'],
          [3, 'c'],
        ],
        'never',
      ),
    ];
    for await (const item of mergeStreams([quiet.source, talker.source], call())) if (item === 'b') break;
    expect([quiet.freed(), talker.freed()]).toEqual([true, true]);
  });

  it('ends with the reason of the signal', async () => {
    const controller = new AbortController();
    const quiet = source([], 'never');
    setTimeout(() => controller.abort(new Error('enough')), 5);
    await expect(drain(mergeStreams([quiet.source], { signal: controller.signal }))).rejects.toThrow('enough');
    expect(quiet.freed()).toBe(true);
  });
});
