import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError, type ConvertedImage, type FileImageFormat, type ImageConverter } from '@fairlead/core';
import { createOciConverter } from '../../src/convert/oci-converter.ts';
import { createOciSifConverter } from '../../src/convert/oci-sif-converter.ts';
import { createSifConverter } from '../../src/convert/sif-converter.ts';
import { writeSifImage, type WriteSifOptions } from '../../src/convert/write-sif-image.ts';
import { describeImage } from '../../src/describe/describe-image.ts';
import { detectInput } from '../../src/detect/detect-input.ts';
import { inspectImage } from '../../src/inspect/inspect-image.ts';
import { openSif } from '../../src/sif/open-sif.ts';
import { verifySif } from '../../src/sif/verify-sif.ts';
import { openSource } from '../../src/source.ts';
import { listImage } from '../../src/tree/list-image.ts';
import { readImageFile } from '../../src/tree/read-image-file.ts';
import { madeKey } from '../made/made-key.ts';
import type { EntryPoint } from './entry-points.ts';
import type { HostileCase } from './hostile-case.ts';

/** A file to look at. */
export interface Entered {
  readonly one: HostileCase;
  readonly format: FileImageFormat;
  readonly path: string;
  /** Where conversions write to. */
  readonly out: string;
  /** Files of it that have been listed. */
  readonly files: string[];
  converted?: ConvertedImage;
  streamed: number;
}

type Enter = (entered: Entered) => Promise<unknown>;

/** What every way to look at a file does; those that write leave nothing where they succeed. */
export const enter: Readonly<Record<EntryPoint, Enter>> = {
  detect: ({ path }) => detectInput(path),
  describe: ({ format, path }) => describeImage({ format, path }),
  async inspect({ path }) {
    const { problem } = await inspectImage(path);
    if (problem !== undefined) throw problem;
  },
  open: async ({ format, path }) => (format === 'sif' ? openAndClose(path) : undefined),
  list: ({ path, files }) => listSome(path, files),
  'read files': readSome,
  verify: async ({ one, path }) => (isSif(one) ? verify(one, path) : undefined),
  'write layout': (entered) => write(entered, 'layout', { form: 'oci-layout' }),
  'write archive': (entered) => write(entered, 'archive', { form: 'archive' }),
  'write gzip': (entered) => write(entered, 'gzip', { form: 'oci-layout', compression: 'gzip' }),
  'write zstd': (entered) => write(entered, 'zstd', { form: 'archive', compression: 'zstd' }),
  'write lossy': (entered) => write(entered, 'lossy', { form: 'oci-layout', lossy: true }),
  async plan(entered) {
    entered.converted = await converterOf(entered).open({ format: entered.format, path: entered.path }, {});
  },
  async stream(entered) {
    for await (const chunk of entered.converted?.stream() ?? []) entered.streamed += chunk.length;
  },
};

function isSif({ format }: HostileCase): boolean {
  return format === 'sif' || format === 'oci-sif';
}

async function openAndClose(path: string): Promise<void> {
  await using source = await openSource(path, { signal: new AbortController().signal });
  await openSif(source);
}

const mostEntries = 20_000;
const mostFiles = 20;
const mostBytes = 1_048_576;

async function listSome(path: string, files: string[]): Promise<void> {
  let left = mostEntries;
  for await (const { path: name, type } of listImage(path)) {
    if (type === 'file' && files.length < mostFiles && !name.includes('\u{fffd}')) files.push(name);
    left -= 1;
    if (left === 0) break;
  }
}

/** The first bytes of the first files; of an image that cannot be listed one that nobody has seen. */
async function readSome({ path, files }: Entered): Promise<void> {
  for (const name of files) await readStart(path, name);
  if (files.length > 0) return;
  try {
    await readStart(path, '/bin/sh');
  } catch (error) {
    if (!FairleadError.is(error) || error.code !== 'INVALID_SPEC') throw error;
  }
}

async function readStart(image: string, path: string): Promise<void> {
  let bytes = 0;
  for await (const chunk of readImageFile(image, { path })) {
    bytes += chunk.length;
    if (bytes > mostBytes) return;
  }
}

/** Without a key nobody has asked for signatures: then it is enough that nothing worse than a refusal comes of it. */
async function verify({ policy }: HostileCase, path: string): Promise<void> {
  if (policy?.verify !== undefined) return void (await verifySif(path, policy.verify));
  try {
    await verifySif(path, { keys: [madeKey(1).publicKey] });
  } catch (error) {
    if (!FairleadError.is(error)) throw error;
  }
  return undefined;
}

async function write({ one, path, out }: Entered, name: string, options: WriteSifOptions): Promise<void> {
  if (!isSif(one) && one.format !== 'squashfs') return;
  const to = join(out, name);
  await writeSifImage(path, to, { ...one.policy, ...options, architecture: 'amd64' });
  await rm(to, { recursive: true });
}

function converterOf({ one, format }: Entered): ImageConverter {
  if (format === 'oci-sif') return createOciSifConverter({ ...one.policy, architecture: 'amd64' });
  return format === 'sif' || format === 'squashfs' ? createSifConverter(one.policy) : createOciConverter('amd64');
}
