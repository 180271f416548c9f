import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FairleadError } from '@fairlead/core';
import { readSifImage } from '../../src/convert/sif-image.ts';
import { memorySource } from '../fuzz/memory-source.ts';
import { enter, type Entered } from './enter.ts';
import { entryPoints, type EntryPoint } from './entry-points.ts';
import type { HostileCase } from './hostile-case.ts';

/** What came of one case. */
export interface HostileOutcome {
  /** What each way to look at the file was answered with; undefined where it said nothing against it. */
  readonly refusals: Readonly<Record<EntryPoint, FairleadError | undefined>>;
  /** Bytes that a stream gave before it failed. */
  readonly streamed: number;
  /** Of a large file with this in it, what was read before it was refused; undefined for what is read as a whole. */
  readonly read: { readonly bytes: number; readonly size: number } | undefined;
  /** Names in the folder that conversions write to, and beside it. */
  readonly left: readonly string[];
}

/** Runs a case through every way there is to look at a file; `folder` is empty. */
export async function runHostile(one: HostileCase, folder: string): Promise<HostileOutcome> {
  const path = join(folder, 'image');
  await put(path, one.make(0));
  const out = join(folder, 'out');
  await mkdir(out);
  const refusals: Record<EntryPoint, FairleadError | undefined> = Object.fromEntries(
    entryPoints.map((entry) => [entry, undefined]),
    // Every entry point is in the list.
  ) as Record<EntryPoint, FairleadError | undefined>;
  const { format } = one;
  // What is no image is shown to detection alone, which does not mind what it is called.
  const entered: Entered = { one, format: format === 'unknown' ? 'sif' : format, path, out, files: [], streamed: 0 };
  for (const entry of format === 'unknown' ? (['detect'] as const) : entryPoints) {
    refusals[entry] = await refusal(() => enter[entry](entered));
  }
  await entered.converted?.[Symbol.asyncDispose]();
  const left = [
    ...(await readdir(out)),
    ...(await readdir(folder)).filter((name) => name !== 'image' && name !== 'out'),
  ];
  return { refusals, streamed: entered.streamed, read: await readOf(one), left };
}

/** The error with which something is refused. @throws any other error */
async function refusal(act: () => Promise<unknown>): Promise<FairleadError | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (FairleadError.is(error)) return error;
    throw error;
  }
}

const gapBytes = 2_097_152;

/** Behind a gap of two MiB lies what is wrong: whoever reads content reads the gap. */
async function readOf(one: HostileCase): Promise<HostileOutcome['read']> {
  if ((one.format !== 'sif' && one.format !== 'squashfs') || one.known === 'content') return undefined;
  const made = one.make(one.small === true ? 0 : gapBytes);
  if (!(made instanceof Uint8Array)) return undefined;
  const source = memorySource(made);
  const refused = await refusal(() => readSifImage(source, one.policy));
  if (refused?.code !== one.code) throw new Error(`${one.name}: with a gap it ends with ${refused?.code ?? 'success'}`);
  return { bytes: source.reads.bytes, size: made.length };
}

async function put(path: string, made: ReturnType<HostileCase['make']>): Promise<void> {
  if (made instanceof Uint8Array) return writeFile(path, made);
  for (const [name, content] of made) {
    const file = join(path, name);
    await mkdir(dirname(file), { recursive: true });
    await (content instanceof Uint8Array ? writeFile(file, content) : symlink(content.link, file));
  }
  return undefined;
}
