import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FairleadError, type ConvertedImage } from '@fairlead/core';
import { createOciConverter } from '../../src/convert/oci-converter.ts';
import { createSifConverter } from '../../src/convert/sif-converter.ts';
import { readSifImage } from '../../src/convert/sif-image.ts';
import { writeSifImage } from '../../src/convert/write-sif-image.ts';
import { describeImage } from '../../src/describe/describe-image.ts';
import { detectInput } from '../../src/detect/detect-input.ts';
import { openSif } from '../../src/sif/open-sif.ts';
import { openSource } from '../../src/source.ts';
import { memorySource } from '../fuzz/memory-source.ts';
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

/** The ways to look at a file, the first ones read least. */
export const entryPoints = ['detect', 'describe', 'open', 'write layout', 'write archive', 'plan', 'stream'] as const;
export type EntryPoint = (typeof entryPoints)[number];

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
  refusals.detect = await refusal(() => detectInput(path));
  const { format } = one;
  let streamed = 0;
  if (format !== 'unknown') {
    refusals.describe = await refusal(() => describeImage({ format, path }));
    if (format === 'sif') refusals.open = await refusal(() => openAndClose(path));
    if (format === 'sif' || format === 'squashfs') {
      const { policy = {} } = one;
      const layout = { ...policy, form: 'oci-layout' } as const;
      refusals['write layout'] = await refusal(() => writeSifImage(path, join(out, 'layout'), layout));
      const archive = { ...policy, form: 'archive' } as const;
      refusals['write archive'] = await refusal(() => writeSifImage(path, join(out, 'archive'), archive));
    }
    let converted: ConvertedImage | undefined;
    const converter =
      format === 'sif' || format === 'squashfs' ? createSifConverter(one.policy) : createOciConverter('amd64');
    refusals.plan = await refusal(async () => {
      converted = await converter.open({ format, path }, {});
    });
    refusals.stream = await refusal(async () => {
      for await (const chunk of converted?.stream() ?? []) streamed += chunk.length;
    });
    await converted?.[Symbol.asyncDispose]();
  }
  const left = [
    ...(await readdir(out)),
    ...(await readdir(folder)).filter((name) => name !== 'image' && name !== 'out'),
  ];
  return { refusals, streamed, read: await readOf(one), left };
}

async function openAndClose(path: string): Promise<void> {
  await using source = await openSource(path, { signal: new AbortController().signal });
  await openSif(source);
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
