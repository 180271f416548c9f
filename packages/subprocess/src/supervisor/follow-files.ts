import { open, type FileHandle } from 'node:fs/promises';

/** A file that somebody appends to, and from where to read it. */
export interface GrowingFile<Name extends string> {
  readonly name: Name;
  readonly path: string;
  readonly offset: number;
}

/** How to follow. */
export interface FollowOptions {
  /** Resolves when there may be more, at the latest after a second or so; rejects with the signal's reason. */
  readonly next: (signal: AbortSignal) => Promise<void>;
  /** Whether nobody can write any more. Asked before each reading to the end, so the last one is complete. */
  readonly complete: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

const chunkBytes = 64 * 1024;
/** So that a file that never stops growing does not keep the others waiting. */
const chunksPerTurn = 16;

interface OpenFile<Name> {
  readonly name: Name;
  readonly handle: FileHandle;
  offset: number;
}

/** What is in the files and what comes, until nobody writes any more and all was given. */
export async function* followFiles<Name extends string>(
  files: readonly GrowingFile<Name>[],
  options: FollowOptions,
): AsyncGenerator<{ readonly name: Name; readonly bytes: Uint8Array }, void> {
  const opened: OpenFile<Name>[] = [];
  try {
    for (const { name, path, offset } of files) opened.push({ name, handle: await open(path, 'r'), offset });
    for (;;) {
      const complete = await options.complete();
      let more = false;
      for (const file of opened) more = (yield* takeTurn(file, options.signal)) || more;
      if (more) continue;
      if (complete) return;
      await options.next(options.signal);
    }
  } finally {
    await Promise.all(opened.map((file) => file.handle.close()));
  }
}

/** Gives what is there, up to a turn's worth; returns whether there may be more. */
async function* takeTurn<Name>(
  file: OpenFile<Name>,
  signal: AbortSignal,
): AsyncGenerator<{ readonly name: Name; readonly bytes: Uint8Array }, boolean> {
  for (let turn = 0; turn < chunksPerTurn; turn += 1) {
    signal.throwIfAborted();
    const buffer = Buffer.allocUnsafe(chunkBytes);
    const { bytesRead } = await file.handle.read(buffer, 0, chunkBytes, file.offset);
    if (bytesRead === 0) return false;
    file.offset += bytesRead;
    yield { name: file.name, bytes: buffer.subarray(0, bytesRead) };
  }
  return true;
}
