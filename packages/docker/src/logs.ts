import type { LogChunk, LogSource } from '@fairlead/core';
import {
  demultiplex,
  followByReads,
  type BackendCall,
  type BackendLogRequest,
  type ReadableLog,
} from '@fairlead/core/backend';
import type { EngineClient } from './client.ts';
import { toContainerState } from './container-state.ts';
import { findContainer, waitForContainer } from './containers.ts';
import { isAtLeast, provenVersion, type EngineIdentity } from './engine-record.ts';
import { failure } from './errors.ts';
import { restoreNewlines } from './lost-newlines.ts';
import type { ContainerRecord } from './records.ts';

/** The output of a container, complete and byte for byte as the engine's log has it. */
export async function* readLogs(
  client: EngineClient,
  id: string,
  request: BackendLogRequest,
  call: BackendCall,
): AsyncGenerator<LogChunk> {
  const record = await requireContainer(client, id, call);
  const identity = await client.identify(call.signal);
  const { podman, apiVersion } = identity;
  const read: LogRead = { client, record, identity, request, follow: request.follow };
  // Podman's follow has holes, its reads have none (L1, L7, L8). Docker's is complete from the version on with which
  // that was measured: bursts, lines of 100 B to 20 KiB, a reader that pauses for 4 s.
  if (podman !== undefined) yield* followByReads(readableLog(read), request, call);
  else if (!request.follow || isAtLeast(apiVersion, provenVersion))
    yield* skipping(openLog(read, call.signal), request.skip);
  else yield* followAndRead(read, call);
}

/**
 * The follow of an older engine may stop early when the container ends; what it gave is a prefix (L6; Docker 20.10:
 * down to 9 % of a burst, with both log drivers). The rest comes from a read.
 */
async function* followAndRead(read: LogRead, call: BackendCall): AsyncGenerator<LogChunk> {
  const { client, record, request } = read;
  const given = { ...request.skip };
  for await (const chunk of skipping(openLog(read, call.signal), request.skip)) {
    given[chunk.stream] += chunk.bytes.length;
    yield chunk;
  }
  const found = await findContainer(client, record.id, call);
  if (found === undefined || toContainerState(found.state).phase !== 'exited') return;
  yield* skipping(openLog({ ...read, follow: false }, call.signal), given);
}

interface LogRead {
  readonly client: EngineClient;
  readonly record: ContainerRecord;
  readonly identity: EngineIdentity;
  readonly request: BackendLogRequest;
  readonly follow: boolean;
}

/** The log from its beginning or from `since`, as one answer of the engine. */
async function* openLog(
  { client, record, identity, request, follow }: LogRead,
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  const { since, timestamps } = request;
  const stamped = timestamps || since !== undefined;
  if (record.tty && stamped) throw noTimes(record.name);
  const body = await client.stream({
    operation: 'logs',
    signal,
    method: 'GET',
    path: ['containers', record.id, 'logs'],
    query: {
      stdout: '1',
      stderr: '1',
      follow: follow ? '1' : undefined,
      timestamps: stamped ? '1' : undefined,
      since: since === undefined ? undefined : toUnixSeconds(since),
    },
  });
  // The content type does not tell whether the body is framed (C41).
  const whole = forgetsNewlines(record, identity) ? restoreNewlines(body, { timestamps: stamped }) : body;
  const chunks = record.tty ? raw(body) : demultiplex(whole, { timestamps: stamped });
  yield* since === undefined ? chunks : notBefore(chunks, since, timestamps);
}

/** Whether lines above 16 KiB come without their newline; what later versions do is not known, 28.5 is right. */
function forgetsNewlines({ tty, logDriver }: ContainerRecord, { podman, apiVersion }: EngineIdentity): boolean {
  return !tty && logDriver === 'local' && podman === undefined && !isAtLeast(apiVersion, provenVersion);
}

/** Seconds with nine digits: the one form of a time that all engines read alike (C47). */
export function toUnixSeconds(time: Date): string {
  const milliseconds = time.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  return `${seconds}.${String(milliseconds - seconds * 1000).padStart(3, '0')}000000`;
}

/** What was written at or after a time, whatever an engine takes for the border (C48). */
async function* notBefore(chunks: AsyncIterable<LogChunk>, since: Date, timestamps: boolean): AsyncGenerator<LogChunk> {
  for await (const { time, ...chunk } of chunks) {
    // A time has more digits than a Date: cut to milliseconds it compares as one.
    if (time !== undefined && Date.parse(time) < since.getTime()) continue;
    yield timestamps && time !== undefined ? { ...chunk, time } : chunk;
  }
}

/** Leaves out the first bytes of each stream, which the caller has already. */
async function* skipping(
  chunks: AsyncIterable<LogChunk>,
  skip: Readonly<Record<LogSource, number>>,
): AsyncGenerator<LogChunk> {
  const left = { ...skip };
  for await (const chunk of chunks) {
    const { stream, bytes } = chunk;
    const skipped = Math.min(left[stream], bytes.length);
    left[stream] -= skipped;
    if (skipped === 0) yield chunk;
    else if (skipped < bytes.length) yield { ...chunk, bytes: bytes.subarray(skipped) };
  }
}

async function* raw(body: AsyncIterable<Uint8Array>): AsyncGenerator<LogChunk> {
  for await (const bytes of body) yield { stream: 'stdout', bytes };
}

/** Podman's log through this API, for exact reads again and again. */
function readableLog(read: LogRead): ReadableLog {
  const { client, record } = read;
  return {
    read: (signal) => openLog({ ...read, follow: false }, signal),
    async look(signal) {
      const found = await findContainer(client, record.id, { signal });
      if (found === undefined) return 'gone';
      return toContainerState(found.state).phase === 'exited' ? 'ended' : 'live';
    },
    wait: (signal) => waitForContainer(client, record.id, { signal }),
  };
}

async function requireContainer(client: EngineClient, id: string, call: BackendCall): Promise<ContainerRecord> {
  const record = await findContainer(client, id, call);
  if (record !== undefined) return record;
  throw failure({ code: 'CONTAINER_NOT_FOUND', operation: 'logs', message: `there is no container ${id}` });
}

function noTimes(name: string): Error {
  return failure({
    code: 'UNSUPPORTED',
    operation: 'logs',
    message: `the output of ${name} comes from a terminal, which the engine sends without marks for times`,
    hint: 'Read it without since and timestamps.',
  });
}
