import type { LogChunk } from '@fairlead/core';
import {
  demultiplex,
  followByReads,
  type BackendCall,
  type BackendLogRequest,
  type ReadableLog,
} from '@fairlead/core/backend';
import type { LibpodClient } from './client.ts';
import { toState } from './container-state.ts';
import { readContainer, waitForContainer } from './containers.ts';

/** A container's output, complete and exact also where the engine's follow has holes (L1–L12, L17). */
export function readLogs(
  client: LibpodClient,
  id: string,
  request: BackendLogRequest,
  call: BackendCall,
): AsyncIterable<LogChunk> {
  return followByReads(readableLog(client, id, request), request, call);
}

function readableLog(client: LibpodClient, id: string, request: BackendLogRequest): ReadableLog {
  const { timestamps, since } = request;
  const ask = (signal: AbortSignal, query: Readonly<Record<string, string>>): Promise<AsyncIterable<Uint8Array>> =>
    client.stream({
      operation: 'logs',
      signal,
      method: 'GET',
      path: ['containers', id, 'logs'],
      query: { stdout: 'true', stderr: 'true', ...query },
    });
  return {
    async *read(signal) {
      const query = { ...(timestamps ? { timestamps: 'true' } : {}), ...sinceQuery(since) };
      // libpod frames a terminal's output too (C41).
      yield* demultiplex(await ask(signal, query), { timestamps });
    },
    async *bell(signal) {
      yield* await ask(signal, { follow: 'true', tail: '0' });
    },
    async look(signal) {
      const record = await readContainer(client, id, { signal });
      if (record === undefined) return 'gone';
      return toState(record.state).phase === 'exited' ? 'ended' : 'live';
    },
    wait: (signal) => waitForContainer(client, id, { signal }),
  };
}

/** Unix seconds with nine digits, which mean the same everywhere (C47, C48, L11). */
function sinceQuery(since: Date | undefined): { readonly since?: string } {
  if (since === undefined) return {};
  const milliseconds = since.getTime();
  const seconds = Math.floor(milliseconds / 1_000);
  return { since: `${seconds}.${String(milliseconds - seconds * 1_000).padStart(3, '0')}000000` };
}
