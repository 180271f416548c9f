import type { LogChunk } from '@fairlead/core';
import { followByReads, sleep, type BackendCall, type BackendLogRequest } from '@fairlead/core/backend';
import { flag } from '@fairlead/subprocess';
import { toState } from './container-state.ts';
import { inspectRecords, waitForContainer } from './containers.ts';
import { failure } from './errors.ts';
import { quiet, type PodmanCli } from './podman-cli.ts';
import { stampLines } from './stamp-lines.ts';

/**
 * A container's output, byte for byte. `podman logs --follow` loses most of a burst and ends with 0 (C56), so it is
 * only the bell; what is given comes from reads without it, which are whole prefixes (L7, L8).
 */
export function readLogs(
  cli: PodmanCli,
  { id, request }: { readonly id: string; readonly request: BackendLogRequest },
  call: BackendCall,
): AsyncIterable<LogChunk> {
  return followByReads(
    {
      read: (signal) =>
        request.timestamps ? readStamped(cli, id, request, signal) : readPlain(cli, id, request, signal),
      bell: (signal) => runLogs(cli, ['--follow', flag('tail', 0), id], signal),
      look: (signal) => look(cli, id, signal),
      wait: (signal) => waitForEnd(cli, id, signal),
    },
    request,
    call,
  );
}

function readPlain(
  cli: PodmanCli,
  id: string,
  request: BackendLogRequest,
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  return runLogs(cli, [...sinceArgs(request.since), id], signal);
}

/** Two reads, because podman writes a time into the middle of a line where it was cut (C45): one tells times, one text. */
function readStamped(
  cli: PodmanCli,
  id: string,
  request: BackendLogRequest,
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  const args = [...sinceArgs(request.since), id];
  return stampLines(runLogs(cli, args, signal), runLogs(cli, ['--timestamps', ...args], signal));
}

async function* runLogs(cli: PodmanCli, args: readonly string[], signal: AbortSignal): AsyncGenerator<LogChunk> {
  const id = args.at(-1) ?? '';
  const command = await cli.stream({ operation: 'logs', args: [quiet, 'logs', ...args] }, { signal });
  let held: LogChunk | undefined;
  for await (const chunk of command.output) {
    if (chunk.stream === 'stdout') yield chunk;
    else {
      if (held !== undefined) yield held;
      held = chunk;
    }
  }
  const { code } = await command.exit();
  if (held !== undefined) yield code === 0 ? held : { ...held, bytes: withoutOwnError(held.bytes) };
  if (code !== 0) throw await explain(cli, { id, code }, signal);
}

/** podman's own words and the container's share one stderr here: a failed command ends with a line of its own. */
export function withoutOwnError(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  return bytes.subarray(0, /(^|(?<=\n))Error: [^\n]*\n?$/.exec(text)?.index ?? text.length);
}

/** Why a read failed, told without its stderr, which is the container's. */
async function explain(
  cli: PodmanCli,
  { id, code }: { readonly id: string; readonly code: number },
  signal: AbortSignal,
): Promise<Error> {
  const [found] = await inspectRecords(cli, [id], { signal });
  if (found === undefined) {
    return failure({
      code: 'CONTAINER_NOT_FOUND',
      operation: 'logs',
      message: `no container has the id ${id}`,
      hint: 'It was removed; read logs before removing a container.',
    });
  }
  return failure({
    code: 'ENGINE_FAILURE',
    operation: 'logs',
    message: `podman could not read the log and ended with code ${code}`,
    hint: `Look at what \`podman logs ${id}\` says.`,
  });
}

async function look(cli: PodmanCli, id: string, signal: AbortSignal): Promise<'live' | 'ended' | 'gone'> {
  const [found] = await inspectRecords(cli, [id], { signal });
  if (found === undefined) return 'gone';
  return toState(found).phase === 'exited' ? 'ended' : 'live';
}

/** For a created container `podman wait` answers at once (L19), so there the clock does the waiting. */
async function waitForEnd(cli: PodmanCli, id: string, signal: AbortSignal): Promise<void> {
  const [found] = await inspectRecords(cli, [id], { signal });
  if (found !== undefined && toState(found).phase === 'created') await sleep(500, signal);
  else await waitForContainer(cli, id, { signal });
}

/**
 * `--since` with a text of RFC 3339 gives what is later than that, exactly (measured on 4.3 and 5.8); in seconds it
 * is rounded. One nanosecond earlier makes it "at or after".
 */
export function sinceArgs(since: Date | undefined): readonly string[] {
  if (since === undefined) return [];
  const before = new Date(since.getTime() - 1);
  return [flag('since', before.toISOString().replace('Z', '999999Z'))];
}
