import { describe, expect, it } from 'vitest';
import { OutputLane } from './output-lane.ts';

async function drain(lane: OutputLane): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for (let chunk = await lane.finish(); chunk !== undefined; chunk = await lane.finish()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const { signal } = new AbortController();

describe('OutputLane', () => {
  it('keeps the order, whichever promise is settled first', async () => {
    const lane = new OutputLane(signal);
    const slow = Promise.withResolvers<Uint8Array>();
    lane.bytes(Buffer.from('a'));
    lane.later(slow.promise, 1);
    lane.later(Promise.resolve(Buffer.from('c')), 1);
    lane.zeros(2);
    setTimeout(() => slow.resolve(Buffer.from('b')), 5);
    expect((await drain(lane)).toString()).toBe('abc\0\0');
  });

  it('gives large parts and holes in chunks of one size', async () => {
    const lane = new OutputLane(signal);
    lane.bytes(Buffer.alloc(700_000, 1));
    lane.zeros(2_000_000);
    lane.bytes(Buffer.from([2]));
    const whole = await drain(lane);
    expect(whole.length).toBe(2_700_001);
    expect([whole[699_999], whole[700_000], whole.at(-2), whole.at(-1)]).toEqual([1, 0, 0, 2]);
  });

  it('is full when much is being made, and has room again afterwards', async () => {
    const lane = new OutputLane(signal);
    for (let count = 0; count < 16; count += 1) lane.later(Promise.resolve(new Uint8Array(1)), 1);
    expect(lane.full).toBe(true);
    expect(await lane.advance()).toBeUndefined();
    expect(lane.full).toBe(false);
  });

  it('tells a rejection to its reader, and to nobody else', async () => {
    const lane = new OutputLane(signal);
    lane.bytes(Buffer.from('a'));
    lane.later(Promise.reject(new Error('damaged')), 1);
    await new Promise((resolve) => setTimeout(resolve, 1));
    await expect(drain(lane)).rejects.toThrow('damaged');
  });

  it('lets timers have their turn', async () => {
    const lane = new OutputLane(signal);
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    lane.zeros(20_000_000_000);
    const until = performance.now() + 100;
    while (performance.now() < until) await lane.advance().then(() => lane.finish());
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
  });
});
