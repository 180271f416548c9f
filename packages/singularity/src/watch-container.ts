import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { isHeld, openLifeLine, watchFolder } from '@fairlead/subprocess/supervisor';
import type { StoredContainer } from './store.ts';

/** The second source of truth of every wait, in milliseconds. */
const pollMs = 1_000;
/** Between the death of a supervisor and what /proc tells of it lies the end of all below it. */
const deathMs = 20;

/** Tells when a container may have come further: its files, its supervisor's life, and the clock. */
export async function watchContainer(
  stored: StoredContainer,
): Promise<Disposable & { next(signal: AbortSignal): Promise<void> }> {
  const path = join(stored.folder, 'life');
  const changes = watchFolder(stored.folder);
  // Asked before the line is opened, which tells nothing of a supervisor that was dead by then. Without a fifo (removed
  // meanwhile) the clock is left.
  const started = await access(join(stored.folder, 'sup')).then(
    () => true,
    () => false,
  );
  let cut = started && !(await isHeld(path).catch(() => true));
  const life = await openLifeLine(path).catch(() => undefined);
  const onCut = async (): Promise<void> => {
    await life?.cut;
    cut = life !== undefined;
    changes.wake();
  };
  void onCut();
  return {
    next: (signal) => changes.next({ timeoutMs: cut ? deathMs : pollMs, signal }),
    [Symbol.dispose]: () => {
      changes[Symbol.dispose]();
      life?.[Symbol.dispose]();
    },
  };
}
