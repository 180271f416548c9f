import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** A key for signatures that is the same on every machine, and one for each number. */
export function madeKey(number: number): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  // An Ed25519 key as PKCS #8 is this head and 32 bytes (RFC 8410).
  const head = Buffer.from('302e020100300506032b657004220420', 'hex');
  const key = Buffer.concat([head, Buffer.alloc(32, number)]);
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}
