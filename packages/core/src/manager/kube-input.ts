import { readFile, stat } from 'node:fs/promises';
import { FairleadError } from '../errors.ts';
import type { KubeInput } from '../kube.ts';

/** Largest manifest in bytes. */
const mostBytes: number = 8 * 1024 * 1024;

/** The text of a manifest; objects become YAML documents of JSON. @throws FairleadError `INVALID_SPEC` */
export async function manifestText(input: KubeInput, signal: AbortSignal): Promise<string> {
  const given = Object.entries({ ...input }).filter(([, part]) => part !== undefined);
  const unknown = given.some(([key]) => key !== 'yaml' && key !== 'file' && key !== 'objects');
  if (given.length !== 1 || unknown) throw invalid('give exactly one of yaml, file and objects');
  const text = await textOf(input, signal);
  if (typeof text !== 'string' || text.trim() === '') throw invalid('the manifest is empty');
  if (Buffer.byteLength(text) > mostBytes) throw tooLarge();
  return text;
}

async function textOf({ yaml, objects, file }: KubeInput, signal: AbortSignal): Promise<string> {
  if (yaml !== undefined) return yaml;
  if (objects !== undefined) return objects.map((object) => `---\n${JSON.stringify(object)}\n`).join('');
  return readManifest(file, signal);
}

async function readManifest(file: string | URL, signal: AbortSignal): Promise<string> {
  try {
    if ((await stat(file)).size > mostBytes) throw tooLarge();
    const bytes = await readFile(file, { signal });
    // Played as it is, byte for byte: nothing may be replaced, and a mark at the beginning stays.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    signal.throwIfAborted();
    if (FairleadError.is(error)) throw error;
    const why = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw invalid(`the manifest ${JSON.stringify(String(file))} cannot be read${why}`, error);
  }
}

function tooLarge(): FairleadError {
  return invalid(`the manifest is larger than ${mostBytes} bytes`);
}

function invalid(message: string, cause?: unknown): FairleadError {
  return new FairleadError({
    code: 'INVALID_SPEC',
    operation: 'playKube',
    message,
    hint: 'Give a Kubernetes manifest as UTF-8 text, as a file that this user may read, or as objects.',
    cause,
  });
}
