import { corrupt } from './failure.ts';
import { limits } from './limits.ts';

/** A JSON object of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A value found in a JSON document, with the words that errors call it by. */
export interface JsonPlace {
  /** Path of the image. */
  readonly path: string;
  /** Which document, for example `index.json`. */
  readonly where: string;
}

/** The JSON object in some bytes. @throws FairleadError `CORRUPT_IMAGE` */
export function parseObject(bytes: Uint8Array, place: JsonPlace): JsonObject {
  const value = parseJson(bytes, place);
  if (isObject(value)) return value;
  throw corrupt({ ...place, why: 'it is no JSON object' });
}

/** The JSON value in some bytes. The text itself is kept out of the error. @throws FairleadError `CORRUPT_IMAGE` */
export function parseJson(bytes: Uint8Array, place: JsonPlace): unknown {
  if (isDeep(bytes)) throw corrupt({ ...place, why: `it is nested more than ${limits.jsonDepth} deep` });
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return value;
  } catch {
    throw corrupt({ ...place, why: 'it is no JSON' });
  }
}

/** Nothing real is nested deeply; what is would exhaust the stack of whoever writes it out again. */
function isDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0x22) inText = !inText;
    else if (inText) at += byte === 0x5c ? 1 : 0;
    else if (byte === 0x5b || byte === 0x7b) depth += 1;
    else if (byte === 0x5d || byte === 0x7d) depth -= 1;
    if (depth > limits.jsonDepth) return true;
  }
  return false;
}

/** Whether it is an object, and no array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value's text; undefined if it is absent, null or empty. @throws FairleadError `CORRUPT_IMAGE` for anything else */
export function asText(value: unknown, place: JsonPlace, field: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw corrupt({ ...place, why: `its ${field} is no text` });
}

/** A value's list of texts; undefined if it is absent or null. @throws FairleadError `CORRUPT_IMAGE` for anything else */
export function asTexts(value: unknown, place: JsonPlace, field: string): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw corrupt({ ...place, why: `its ${field} is no list of texts` });
}

/** A value's object; empty if it is absent or null. @throws FairleadError `CORRUPT_IMAGE` for anything else */
export function asObject(value: unknown, place: JsonPlace, field: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (isObject(value)) return value;
  throw corrupt({ ...place, why: `its ${field} is no object` });
}

/** A value's list; empty if it is absent or null. @throws FairleadError `CORRUPT_IMAGE` for anything else, and for more than `max` */
export function asList(
  value: unknown,
  place: JsonPlace,
  { field, max }: { readonly field: string; readonly max: number },
): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw corrupt({ ...place, why: `its ${field} is no list` });
  if (value.length > max) throw corrupt({ ...place, why: `its ${field} has more than ${max} items` });
  return value;
}

/** An object's texts; undefined if it is absent or null. @throws FairleadError `CORRUPT_IMAGE` for anything else */
export function asTextRecord(
  value: unknown,
  place: JsonPlace,
  field: string,
): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  const entries = Object.entries(asObject(value, place, field)).map(([key, item]): [string, string] => {
    if (typeof item === 'string') return [key, item];
    throw corrupt({ ...place, why: `its ${field} holds something that is no text` });
  });
  return Object.fromEntries(entries);
}
