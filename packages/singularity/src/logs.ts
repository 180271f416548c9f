import { join } from 'node:path';
import type { LogChunk } from '@fairlead/core';
import type { BackendCall, BackendLogRequest } from '@fairlead/core/backend';
import { followFiles, isAlive } from '@fairlead/subprocess/supervisor';
import { hasEnded, readStanding } from './container-state.ts';
import type { BackendContext } from './context.ts';
import { containerNotFound, isSystemError } from './errors.ts';
import type { StoredContainer } from './store.ts';
import { watchContainer } from './watch-container.ts';

/** How long after its code a supervisor may still clear up, in milliseconds; nobody writes to the logs then. */
const clearingMs = 2_000;

/** The output of a container from its two files: exact, and complete once it has ended. */
export async function* readLogs(
  context: BackendContext,
  stored: StoredContainer,
  request: BackendLogRequest,
  call: BackendCall,
): AsyncGenerator<LogChunk, void, undefined> {
  const files = (['stdout', 'stderr'] as const).map((name) => ({
    name,
    path: join(stored.folder, name),
    offset: request.skip[name],
  }));
  using watch = await watchContainer(stored);
  const complete = request.follow ? completion(context, stored) : () => Promise.resolve(true);
  try {
    const chunks = followFiles(files, { next: watch.next, complete, signal: call.signal });
    for await (const { name, bytes } of chunks) yield { stream: name, bytes };
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') throw containerNotFound(stored.record.id, 'logs');
    throw error;
  }
}

/**
 * Nobody can write any more when the code is on record and the supervisor has gone with all below it; without that
 * the last bytes of a container whose engine was killed could be missed.
 */
function completion(context: BackendContext, stored: StoredContainer): () => Promise<boolean> {
  let seenAt: number | undefined;
  return async () => {
    const standing = await readStanding(stored, context.here);
    if (!hasEnded(standing)) return (await context.store.find(stored.record.id)) === undefined;
    seenAt ??= Date.now();
    const supervisor = 'supervisor' in standing ? standing.supervisor : undefined;
    return supervisor === undefined || !isAlive(supervisor) || Date.now() - seenAt > clearingMs;
  };
}
