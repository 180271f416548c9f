import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/**
 * Writes a file that must not exist yet. When it settles, the file has been made and closed, so that whoever removes
 * what a failure left removes it for good: a write stream that opens its file itself may do so after the failure.
 */
export async function writeNewFile(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await pipeline(chunks, file.createWriteStream(), { ...(signal && { signal }) });
  } finally {
    // Waits for the stream, which holds the file open until its last write has ended.
    await file.close();
  }
}
