import { isObject } from '../json.ts';
import type { SignatureHash, SigningKey } from './signing-key.ts';

/** How a signature is kept: DSSE can be checked here; PGP, and its form before 2020, cannot. */
export type SignatureKind = 'dsse' | 'pgp' | 'legacy-pgp' | 'unknown';

/** A signed message with its signatures. Source: github.com/secure-systems-lab/dsse, envelope.md. */
export interface SignatureEnvelope {
  readonly payload: Buffer;
  readonly signatures: readonly Buffer[];
}

const payloadType = 'application/vnd.sylabs.sif-metadata+json';
/** More would only make a hostile file slow. */
const mostSignatures = 64;

/** What some signature is, by its content. */
export function signatureKind(bytes: Uint8Array): SignatureKind {
  const text = Buffer.from(bytes).toString('latin1');
  if (text.startsWith('-----BEGIN PGP SIGNED MESSAGE-----')) {
    return /\n\r?\n?SIFHASH:/.test(text) ? 'legacy-pgp' : 'pgp';
  }
  return parseEnvelope(bytes) === undefined ? 'unknown' : 'dsse';
}

/** The envelope that some bytes are, or undefined. */
export function parseEnvelope(bytes: Uint8Array): SignatureEnvelope | undefined {
  const value = jsonOf(bytes);
  if (!isObject(value) || value['payloadType'] !== payloadType || typeof value['payload'] !== 'string')
    return undefined;
  const list: unknown = value['signatures'];
  if (!Array.isArray(list) || list.length > mostSignatures) return undefined;
  const signatures = list.map((item: unknown) => (isObject(item) ? item['sig'] : undefined));
  return {
    payload: Buffer.from(value['payload'], 'base64'),
    signatures: signatures.filter((text) => typeof text === 'string').map((text) => Buffer.from(text, 'base64')),
  };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return value;
  } catch {
    // Any other form of signature: the caller says so.
    return undefined;
  }
}

/** Which of the keys signed the payload. Source: dsse, protocol.md: the bytes signed are the pre-authentication encoding. */
export function signers(
  { payload, signatures }: SignatureEnvelope,
  keys: readonly SigningKey[],
  hash: SignatureHash,
): readonly SigningKey[] {
  const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
  const signed = Buffer.concat([Buffer.from(head, 'latin1'), payload]);
  return keys.filter((key) => signatures.some((signature) => key.made(signature, signed, hash)));
}
