import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { corrupt, invalidImage, systemError } from './failure.ts';
import { blobFill, openShared, type Fill, type SharedInput } from './thread/shared-input.ts';
import { threadsOf, type Threads } from './thread/threads.ts';

/** A part of a source: `length` bytes from `offset`. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Bytes that can be read at any place; every range is checked against the size before it is read. */
export interface Source extends AsyncDisposable {
  /** What errors call it: its path. */
  readonly path: string;
  /** In bytes; infinite where only reading to the end would tell. */
  readonly size: number;
  /** Going back costs reading from the start again, so small parts are worth keeping. */
  readonly sequential: boolean;
  /** Cancels every reading. */
  readonly signal: AbortSignal;
  /** Threads that read the same bytes, for work that would keep the caller's busy; they end with the source. */
  readonly threads?: Threads;
  /** Exactly that range, in memory. @throws FairleadError `CORRUPT_IMAGE` where the source ends before it does */
  read(range: Range): Promise<Uint8Array>;
  /** Fills `bytes` with what stands at `offset`. @throws FairleadError `CORRUPT_IMAGE` where the source ends before */
  readInto?(offset: number, bytes: Uint8Array): Promise<void>;
  /** Exactly that range, in chunks. @throws FairleadError `CORRUPT_IMAGE` where the source ends before it does */
  stream(range: Range): AsyncGenerator<Uint8Array, void, void>;
  /** Everything, in chunks. */
  all(): AsyncGenerator<Uint8Array, void, void>;
  /**
   * Says whether what was read can be trusted to be of one state: size and times of the file are still those of when it
   * was opened. A write that its file system gives no new time, through a mapping of memory for example, is not noticed.
   * @throws FairleadError `CORRUPT_IMAGE` if somebody has written to it since
   */
  checkUnchanged(): Promise<void>;
  /** What told the file from others when it was opened; absent where nothing does, as for a Blob. */
  readonly stamp?: FileStamp | undefined;
}

/** A file and its state: another content under the same inode has another time of change, which users cannot set. */
export interface FileStamp {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  /** Nanoseconds since 1970. */
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
}

/** An image to look into: its path, a file that is open and stays so, or a Blob. */
export type ImageInput = string | FileHandle | Blob;

/** How to open a source. */
export interface SourceOptions {
  readonly signal: AbortSignal;
  /** What errors call it. Default: its path. */
  readonly path?: string;
}

const chunkBytes = 512 * 1024;

/**
 * Opens a file, or takes an open file or a Blob. A file that was handed over open stays open when the source is disposed.
 * @throws FairleadError `IMAGE_NOT_FOUND`, `ACCESS_DENIED`, `INVALID_IMAGE` for what is not a regular file
 */
export async function openSource(input: ImageInput, { signal, path }: SourceOptions): Promise<Source> {
  signal.throwIfAborted();
  if (input instanceof Blob) return blobSource(input, { signal, path: path ?? 'blob' });
  if (typeof input !== 'string') return fileSource(input, { signal, path: path ?? `file ${input.fd}` });
  const handle = await openFile(input);
  try {
    const source = await fileSource(handle, { signal, path: path ?? input });
    const close = async (): Promise<void> => {
      await source[Symbol.asyncDispose]();
      await handle.close();
    };
    return { ...source, [Symbol.asyncDispose]: close };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Opens inside a thread what it was given; whether it has changed is asked by the one who started the thread.
 * @throws FairleadError as reading does
 */
export function sharedSource(input: SharedInput, options: Required<SourceOptions>): Source {
  const { size, fill } = openShared(input);
  return sourceOf({ ...options, size, fill: translated(options.path, fill), checkUnchanged: async () => undefined });
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK the opening of a named pipe would wait for a writer for ever.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (cause) {
    throw systemError(path, cause);
  }
}

async function fileSource(handle: FileHandle, options: Required<SourceOptions>): Promise<Source> {
  const { path } = options;
  const stats = await handle.stat({ bigint: true });
  if (!stats.isFile()) throw invalidImage(path, 'is not a regular file');
  const fill: Fill = async (position, bytes) => (await handle.read(bytes, 0, bytes.length, position)).bytesRead;
  const threads = threadsOf({ fd: handle.fd }, options);
  const checkUnchanged = async (): Promise<void> => {
    const now = await handle.stat({ bigint: true });
    if (now.size === stats.size && now.mtimeNs === stats.mtimeNs && now.ctimeNs === stats.ctimeNs) return;
    throw corrupt({ path, where: 'its content', why: 'it was changed while it was read', details: { changed: true } });
  };
  const { dev: device, ino: inode, size, mtimeNs: modifiedNs, ctimeNs: changedNs } = stats;
  const stamp = { device, inode, size, modifiedNs, changedNs };
  return sourceOf({ ...options, size: Number(size), fill: translated(path, fill), threads, checkUnchanged, stamp });
}

function blobSource(blob: Blob, options: Required<SourceOptions>): Source {
  const threads = threadsOf({ blob }, options);
  // A Blob does not change; one of a file that does can no longer be read.
  const checkUnchanged = async (): Promise<void> => undefined;
  return sourceOf({ ...options, size: blob.size, fill: blobFill(blob), threads, checkUnchanged });
}

function translated(path: string, fill: Fill): Fill {
  return async (position, bytes) => {
    try {
      return await fill(position, bytes);
    } catch (cause) {
      throw systemError(path, cause);
    }
  };
}

interface Filler extends Required<SourceOptions>, Pick<Source, 'checkUnchanged' | 'threads' | 'stamp'> {
  readonly size: number;
  readonly fill: Fill;
}

function sourceOf({ path, size, signal, fill, threads, checkUnchanged, stamp }: Filler): Source {
  const readInto = async (offset: number, bytes: Uint8Array): Promise<void> => {
    const range = { offset, length: bytes.length };
    checkRange(path, size, range);
    for (let have = 0; have < bytes.length;) {
      signal.throwIfAborted();
      const got = await fill(offset + have, bytes.subarray(have));
      if (got === 0) throw endsBefore(path, offset + have, range);
      have += got;
    }
    signal.throwIfAborted();
  };
  const read = async (range: Range): Promise<Uint8Array> => {
    checkRange(path, size, range);
    const bytes = new Uint8Array(range.length);
    await readInto(range.offset, bytes);
    return bytes;
  };
  async function* stream(range: Range): AsyncGenerator<Uint8Array, void, void> {
    checkRange(path, size, range);
    const end = range.offset + range.length;
    for (let at = range.offset; at < end; at += chunkBytes) {
      yield await read({ offset: at, length: Math.min(chunkBytes, end - at) });
    }
  }
  const all = (): AsyncGenerator<Uint8Array, void, void> => stream({ offset: 0, length: size });
  const close = async (): Promise<void> => threads?.[Symbol.asyncDispose]();
  const reading = { read, readInto, stream, all, checkUnchanged };
  const own = { path, size, signal, sequential: false, stamp, ...reading, [Symbol.asyncDispose]: close };
  return threads === undefined ? own : { ...own, threads };
}

/** @throws FairleadError `CORRUPT_IMAGE` for a range that is no range, or that ends beyond the size */
function checkRange(path: string, size: number, range: Range): void {
  const { offset, length } = range;
  const end = offset + length;
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(end) || offset < 0 || length < 0) {
    const where = `bytes ${offset} to ${end}`;
    throw corrupt({ path, where, why: 'there is no such place', details: { ...range } });
  }
  if (end > size) throw endsBefore(path, size, range);
}

/** The error of a source that is shorter than its content says. */
export function endsBefore(path: string, size: number, range: Range): Error {
  const { offset, length } = range;
  return corrupt({
    path,
    where: `byte ${size}`,
    why: `it ends here, but ${length} bytes at ${offset} were expected: it is truncated`,
    details: { size, ...range },
  });
}
