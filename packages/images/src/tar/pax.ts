/** Records of pax headers. Values are Latin-1, so that bytes survive. */
export type Pax = ReadonlyMap<string, string>;

const sparseOffset = 'GNU.sparse.offset';
const sparseLength = 'GNU.sparse.numbytes';

/**
 * Records of `LENGTH KEY=VALUE\n`; undefined for anything else. The oldest form of sparse files says the same two keys
 * again and again: they become the one record that the next form has, `GNU.sparse.map`.
 */
export function parsePax(text: string): Pax | undefined {
  const records = new Map<string, string>();
  const map: string[] = [];
  for (let at = 0; at < text.length;) {
    const space = text.indexOf(' ', at);
    const digits = text.slice(at, space);
    const length = /^[0-9]{1,8}$/.test(digits) ? Number(digits) : 0;
    const record = text.slice(space + 1, at + length);
    const equals = record.indexOf('=');
    if (space < 0 || equals <= 0 || !record.endsWith('\n') || at + length > text.length) return undefined;
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1, -1)];
    if (key === sparseOffset || key === sparseLength) {
      const expected = map.length % 2 === 0 ? sparseOffset : sparseLength;
      if (key !== expected || value.includes(',')) return undefined;
      map.push(value);
    } else records.set(key, value);
    at += length;
  }
  if (map.length > 0) records.set('GNU.sparse.map', map.join(','));
  return records;
}

/** A record that takes the place of a header's field: an empty one leaves the field as it is (POSIX.1-2017, pax). */
export function paxValue(pax: Pax, key: string): string | undefined {
  const value = pax.get(key);
  return value === '' ? undefined : value;
}

/** A record that is a number; NaN for one that is none. */
export function paxNumber(
  pax: Pax,
  { key, fallback, whole }: { readonly key: string; readonly fallback: number; readonly whole: boolean },
): number {
  const text = paxValue(pax, key);
  if (text === undefined) return fallback;
  const value = /^-?[0-9]{1,16}(?:\.[0-9]+)?$/.test(text) ? Number(text) : Number.NaN;
  return whole && !(Number.isSafeInteger(value) && value >= 0) ? Number.NaN : value;
}
