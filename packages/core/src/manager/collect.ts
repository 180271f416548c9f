import type { Output } from '../exec.ts';
import type { LogChunk, LogSource } from '../logs.ts';

/** Bytes of each stream that are kept; the rest is read and dropped. */
const mostBytes: number = 16 * 1024 * 1024;

/** Reads chunks to their end and keeps the first 16 MiB of each stream. */
export async function collect(source: AsyncIterable<LogChunk>): Promise<Output> {
  const kept: Record<LogSource, Uint8Array[]> = { stdout: [], stderr: [] };
  const size = { stdout: 0, stderr: 0 };
  let truncated = false;
  for await (const { stream, bytes } of source) {
    const room = mostBytes - size[stream];
    if (bytes.length > room) truncated = true;
    if (room > 0) kept[stream].push(bytes.subarray(0, room));
    size[stream] += Math.min(bytes.length, room);
  }
  return { stdout: toText(kept.stdout), stderr: toText(kept.stderr), truncated };
}

function toText(chunks: readonly Uint8Array[]): string {
  return Buffer.concat(chunks).toString('utf8');
}
