import { vi } from 'vitest';

/** Stops the clock that programs see; immediates go on, because the in-memory engine answers through them. */
export function stopClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
}

/** Lets so much time pass, in steps between which everything that is due gets its turn. */
export async function pass(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 50) {
    await vi.advanceTimersByTimeAsync(50);
    for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets time pass until something is true. */
export async function passUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await pass(50);
}

/** Lets time pass until a call has ended; gives what it gave or rejected with. */
export async function passUntilSettled(call: Promise<unknown>): Promise<unknown> {
  let settled = false;
  const result = call.catch((error: unknown) => error).finally(() => (settled = true));
  await passUntil(() => settled);
  return result;
}
