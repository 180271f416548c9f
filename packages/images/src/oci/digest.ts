import { createHash } from 'node:crypto';

/** A digest whose form has been checked: nothing of it can be a path or an option. */
export interface Digest {
  readonly algorithm: 'sha256' | 'sha384' | 'sha512';
  /** Lower case. */
  readonly hex: string;
  /** `ALGORITHM:HEX` */
  readonly text: string;
}

/** The digest that a text is, or undefined. Source: OCI image specification, descriptor.md, "Digests". */
export function parseDigest(text: unknown): Digest | undefined {
  if (typeof text !== 'string') return undefined;
  const match = /^(?:(sha256):([0-9a-f]{64})|(sha384):([0-9a-f]{96})|(sha512):([0-9a-f]{128}))$/.exec(text);
  if (match === null) return undefined;
  const [, a, aHex = '', b, bHex = '', c, cHex = ''] = match;
  const hex = `${aHex}${bHex}${cHex}`;
  if (a !== undefined) return { algorithm: 'sha256', hex, text };
  if (b !== undefined) return { algorithm: 'sha384', hex, text };
  return c === undefined ? undefined : { algorithm: 'sha512', hex, text };
}

/** The sha256 of some bytes. */
export function sha256(bytes: Uint8Array): Digest {
  return sha256Hex(createHash('sha256').update(bytes).digest('hex'));
}

/** A sha256 that has been computed; lower case. */
export function sha256Hex(hex: string): Digest {
  return { algorithm: 'sha256', hex, text: `sha256:${hex}` };
}
