import { watch, type FSWatcher } from 'node:fs';

/** Tells that something in a folder may have changed. */
export interface FolderChanges extends Disposable {
  /** Counts as a change: for what is learnt from elsewhere. */
  wake(): void;
  /** Resolves at the next change, at the latest after `timeoutMs`; at once if there was one since the last call. */
  next(options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<void>;
}

/** Changes of a folder's own files. Where the host has no watches left or none for this file system, only the clock. */
export function watchFolder(folder: string): FolderChanges {
  let changed = false;
  let wake = (): void => {};
  const change = (): void => {
    changed = true;
    wake();
  };
  const watcher = tryWatch(folder, change);
  return {
    wake: change,
    async next({ timeoutMs, signal }) {
      signal.throwIfAborted();
      if (!changed) {
        const { promise, resolve: settle } = Promise.withResolvers<void>();
        const resolve = (): void => settle();
        wake = resolve;
        const timer = setTimeout(resolve, timeoutMs);
        signal.addEventListener('abort', resolve, { once: true });
        await promise;
        clearTimeout(timer);
        signal.removeEventListener('abort', resolve);
      }
      changed = false;
      signal.throwIfAborted();
    },
    [Symbol.dispose]: () => watcher?.close(),
  };
}

function tryWatch(folder: string, onChange: () => void): FSWatcher | undefined {
  try {
    // A watch that breaks off later (the folder is gone) leaves the clock.
    return watch(folder, { persistent: false }, onChange).on('error', () => {});
  } catch {
    return undefined;
  }
}
