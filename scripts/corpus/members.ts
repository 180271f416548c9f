import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A member of a tar as `read-tar.py` tells it; text is bytes in Latin-1. */
export interface Member {
  readonly name: string;
  readonly kind: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly size: number;
  readonly target: string;
  readonly device: readonly [number, number] | null;
  readonly xattrs: Readonly<Record<string, string>>;
  readonly sha256: string | null;
}

/** What an archive for an engine says of itself. */
export interface ImageFacts {
  /** Digest of the layer's bytes as the reader met them. */
  readonly diffId: string;
  readonly names: readonly string[];
  readonly config: ImageConfiguration;
}

/** The parts of an OCI image configuration that are looked at. */
export interface ImageConfiguration {
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly config: Readonly<Record<string, unknown>>;
  readonly history: readonly { readonly comment: string }[];
}

/** What a reader told. */
export interface Told {
  readonly members: readonly Member[];
  /** Of an image only. */
  readonly image: ImageFacts | undefined;
}

/** Runs a reader, with `input` on its stdin if there is one. @throws Error if it fails, and what the input throws */
export async function tell(argv: readonly string[], input: AsyncIterable<Uint8Array> = none()): Promise<Told> {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
  const fed = pipeline(Readable.from(input), child.stdin).catch((error: unknown) => {
    if (!isClosedPipe(error)) throw error;
  });
  const [told] = await Promise.all([listen(child, program), fed]);
  return told;
}

async function* none(): AsyncGenerator<Uint8Array, void, void> {
  // A reader of a file takes nothing from its stdin.
}

async function listen(child: ChildProcessWithoutNullStreams, program: string): Promise<Told> {
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  let stderr = '';
  child.stderr.on('data', (piece: Buffer) => (stderr = (stderr + piece.toString()).slice(-2000)));
  const members: Member[] = [];
  let image: ImageFacts | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    // `read-tar.py` writes nothing but these two shapes.
    const said = JSON.parse(line) as Member | ImageFacts;
    if ('diffId' in said) image = said;
    else members.push(said);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr.trim()}`);
  return { members, image };
}

/** The reader has ended first: why, its own exit tells. */
function isClosedPipe(error: unknown): boolean {
  const closed = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'];
  return error instanceof Error && 'code' in error && closed.some((code) => error.code === code);
}
