import { createHash, createPublicKey, verify as verifySignature, KeyObject } from 'node:crypto';
import { FairleadError } from '@fairlead/core';

/** A public key: the text of a PEM file (a certificate counts as its key), or a key of `node:crypto`. */
export type SifKey = string | Uint8Array | KeyObject;

/** A key that can check signatures. */
export interface SigningKey {
  /** `sha256:` and the SHA-256 of the key's SubjectPublicKeyInfo in DER: `openssl pkey -pubin -outform DER | sha256sum`. */
  readonly fingerprint: string;
  /** Whether this key made that signature of those bytes. `hash` is not used by Ed25519, which has its own. */
  made(signature: Uint8Array, bytes: Uint8Array, hash: SignatureHash): boolean;
}

/** Digests that signatures of ECDSA and RSA are made of. */
export type SignatureHash = 'sha256' | 'sha384' | 'sha512';

/** The keys a caller trusts. @throws FairleadError `INVALID_SPEC` for no keys, for what is no key, and for keys of other kinds */
export function signingKeys(keys: readonly SifKey[]): readonly SigningKey[] {
  if (keys.length === 0) throw badKeys('verify.keys is empty, so nothing could be verified');
  return keys.map((key, at) => signingKey(publicKey(key, at), at));
}

function publicKey(key: SifKey, at: number): KeyObject {
  try {
    if (key instanceof KeyObject) return key.type === 'public' ? key : createPublicKey(key);
    return createPublicKey(typeof key === 'string' ? key : Buffer.from(key));
  } catch (cause) {
    throw badKeys(`verify.keys[${at}] is no public key`, cause);
  }
}

/** ECDSA signatures are DER, those of RSA are PKCS#1 v1.5: what `createPublicKey` keys do unless told otherwise. */
function signingKey(key: KeyObject, at: number): SigningKey {
  const kind = key.asymmetricKeyType ?? 'unknown';
  if (kind !== 'ec' && kind !== 'rsa' && kind !== 'ed25519') {
    throw badKeys(`verify.keys[${at}] is a key of type ${kind}; signatures of SIFs are ECDSA, Ed25519 or RSA`);
  }
  const der = key.export({ type: 'spki', format: 'der' });
  return {
    fingerprint: `sha256:${createHash('sha256').update(der).digest('hex')}`,
    made: (signature, bytes, hash) => verifySignature(kind === 'ed25519' ? null : hash, bytes, key, signature),
  };
}

function badKeys(message: string, cause?: unknown): FairleadError {
  return new FairleadError({
    code: 'INVALID_SPEC',
    message,
    hint: 'Give the text of a PEM file that holds a public key: -----BEGIN PUBLIC KEY-----.',
    cause,
  });
}
