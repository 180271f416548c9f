import { createHash, sign, type KeyObject } from 'node:crypto';
import { makeSif, type MadeObject } from './sif.ts';

/** What to sign, and how to forge it. */
export interface MadeSignature {
  readonly key: KeyObject;
  readonly group?: number;
  readonly hash?: 'sha256' | 'sha384' | 'sha512';
  /** Of the digests in the message. */
  readonly digests?: 'sha256' | 'sha512_256' | 'sha384';
  /** Changes the message before it is signed. */
  readonly change?: (message: SignedMessage) => object;
}

/** The message as the format has it. */
export interface SignedMessage {
  readonly version: number;
  readonly header: { readonly digest: string };
  readonly objects: readonly { readonly relativeId: number; readonly descriptorDigest: string; readonly objectDigest: string }[];
}

const payloadType = 'application/vnd.sylabs.sif-metadata+json';

/** A SIF with these objects, and behind them a DSSE signature for each key, made as the format's description says. */
export function signedSif(objects: readonly MadeObject[], ...signatures: readonly MadeSignature[]): Buffer {
  const bytes = makeSif(objects);
  return makeSif([...objects, ...signatures.map((signature) => signatureObject(bytes, objects, signature))]);
}

/** A signature object of a group of a SIF. */
export function signatureObject(sif: Buffer, objects: readonly MadeObject[], signature: MadeSignature): MadeObject {
  const { key, group = 1, hash = 'sha256', digests = 'sha256', change = (message) => message } = signature;
  const payload = Buffer.from(JSON.stringify(change(messageOf(sif, objects, { group, digests }))));
  const signed = Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} ${payload.toString()}`);
  const sig = sign(key.asymmetricKeyType === 'ed25519' ? null : hash, signed, key).toString('base64');
  const envelope = { payloadType, payload: payload.toString('base64'), signatures: [{ keyid: 'SHA256:x', sig }] };
  return signatureBytes(Buffer.from(JSON.stringify(envelope)), { group, hash });
}

/** A signature object with any content. */
export function signatureBytes(content: Buffer, { group = 1, hash = 'sha256' }: { group?: number; hash?: string } = {}): MadeObject {
  const extra = Buffer.alloc(384);
  extra.writeInt32LE({ sha256: 1, sha384: 2, sha512: 3 }[hash] ?? 0, 0);
  return { dataType: 0x4005, name: 'part-signature', content, extra, group: 0xf0000000, link: 0xf0000000 + group };
}

function messageOf(
  sif: Buffer,
  objects: readonly MadeObject[],
  { group, digests }: { readonly group: number; readonly digests: string },
): SignedMessage {
  const digest = (...parts: readonly Uint8Array[]): string => {
    const hash = createHash(digests.replace('_', '-'));
    for (const part of parts) hash.update(part);
    return `${digests}:${hash.digest('hex')}`;
  };
  const ids = objects.flatMap((object, at) => ((object.group ?? 0xf0000001) === 0xf0000000 + group ? [at + 1] : []));
  const smallest = Math.min(...ids);
  return {
    version: 1,
    header: { digest: digest(sif.subarray(0, 32), sif.subarray(32, 42), sif.subarray(42, 45), sif.subarray(48, 64)) },
    objects: ids.map((id) => {
      const descriptor = sif.subarray(4096 + (id - 1) * 585, 4096 + id * 585);
      const relative = Buffer.alloc(4);
      relative.writeUInt32LE(id - smallest);
      const places = [[13, 4], [25, 8], [41, 8], [57, 8], [65, 8], [73, 128], [201, 384]] as const;
      const fields = places.map(([offset, length]) => descriptor.subarray(offset, offset + length));
      return {
        relativeId: id - smallest,
        descriptorDigest: digest(descriptor.subarray(0, 4), Buffer.from([1]), relative, ...fields),
        objectDigest: digest(objects[id - 1]?.content ?? Buffer.alloc(0)),
      };
    }),
  };
}
