import { setTimeout as sleep } from 'node:timers/promises';

/** For some seconds a listing that fails is asked for again. */
const tries = 20;
const pauseMs = 200;

/**
 * Lists what podman has. A listing fails as a whole when something of it is half made, or removed meanwhile by another
 * case: it is asked again.
 */
export async function listing<T>(list: () => Promise<T>): Promise<T> {
  for (let left = tries; left > 0; left -= 1) {
    const listed = await list().then(
      (value) => ({ value }),
      () => undefined,
    );
    if (listed !== undefined) return listed.value;
    await sleep(pauseMs);
  }
  return list();
}
