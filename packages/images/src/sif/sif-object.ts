import { parseDigest, type Digest } from '../oci/digest.ts';
import { sifArchitecture } from './sif-header.ts';

/** Where an object lies and what it is called. */
export interface SifObjectBase {
  /** Of its descriptor in the table, from 0; descriptors that are not used count. */
  readonly index: number;
  readonly id: number;
  /** Undefined: in no group. */
  readonly group: number | undefined;
  /** Which object or group it belongs to, as a signature does. */
  readonly link: { readonly to: 'object' | 'group'; readonly id: number } | undefined;
  readonly offset: number;
  readonly size: number;
  /** Seconds since 1970; negative in images that are made to be reproducible. */
  readonly createdSeconds: number;
  readonly name: string;
}

/** How a partition is stored; `luks2` and `gocryptfs` hold a squashfs that is encrypted. */
export type SifFileSystem = 'squashfs' | 'ext3' | 'archive' | 'raw' | 'luks2' | 'gocryptfs' | 'unknown';

/** A partition of a SIF. */
export interface SifPartition extends SifObjectBase {
  readonly type: 'partition';
  readonly fileSystem: SifFileSystem;
  /** `primary` is the root file system that runs. */
  readonly role: 'system' | 'primary' | 'data' | 'overlay' | 'unknown';
  readonly architecture: string | undefined;
}

/** A blob or root index of an OCI-SIF. */
export interface SifBlob extends SifObjectBase {
  readonly type: 'oci-root-index' | 'oci-blob';
  readonly digest: Digest | undefined;
}

/** A signature; what it signs is what it is linked to. */
export interface SifSignature extends SifObjectBase {
  readonly type: 'signature';
  readonly hash: 'sha256' | 'sha384' | 'sha512' | 'blake2s256' | 'blake2b256' | 'unknown';
  /** Of the PGP key that signed, 40 hex digits; undefined for DSSE, which names its key elsewhere. */
  readonly fingerprint: string | undefined;
}

/** An encrypted message, such as the key of an encrypted partition. */
export interface SifCryptoMessage extends SifObjectBase {
  readonly type: 'crypto-message';
  readonly encoding: 'openpgp' | 'pem' | 'unknown';
  readonly message: 'clear-signature' | 'rsa-oaep' | 'unknown';
}

/** A list of what the image is made of. */
export interface SifSbom extends SifObjectBase {
  readonly type: 'sbom';
  readonly format: (typeof sbomFormats)[number];
}

/** Any other object. */
export interface SifOther extends SifObjectBase {
  readonly type: 'definition-file' | 'environment' | 'labels' | 'json' | 'generic' | 'unknown';
}

/** An object of a SIF. */
export type SifObject = SifPartition | SifBlob | SifSignature | SifCryptoMessage | SifSbom | SifOther;

const otherTypes: Readonly<Record<number, SifOther['type']>> = {
  0x4001: 'definition-file',
  0x4002: 'environment',
  0x4003: 'labels',
  0x4006: 'json',
  0x4007: 'generic',
};
const hashes: Readonly<Record<number, SifSignature['hash']>> = {
  1: 'sha256',
  2: 'sha384',
  3: 'sha512',
  4: 'blake2s256',
  5: 'blake2b256',
};
const encodings: Readonly<Record<number, SifCryptoMessage['encoding']>> = { 1: 'openpgp', 2: 'pem' };
const messages: Readonly<Record<number, SifCryptoMessage['message']>> = { 0x100: 'clear-signature', 0x200: 'rsa-oaep' };
/** In the order of the format's numbers, from 0. */
const sbomFormats = [
  'unknown',
  'cyclonedx-json',
  'cyclonedx-xml',
  'github-json',
  'spdx-json',
  'spdx-rdf',
  'spdx-tag-value',
  'spdx-yaml',
  'syft-json',
] as const;
const fileSystems: Readonly<Record<number, SifFileSystem>> = {
  1: 'squashfs',
  2: 'ext3',
  3: 'archive',
  4: 'raw',
  5: 'luks2',
  6: 'gocryptfs',
};
const roles: Readonly<Record<number, SifPartition['role']>> = { 1: 'system', 2: 'primary', 3: 'data', 4: 'overlay' };

/**
 * One descriptor, before anybody has checked where its object lies; undefined for one that is not used.
 * Source: github.com/apptainer/sif, version 1 of the format: 585 packed bytes, little-endian.
 */
export function parseSifObject(
  bytes: Uint8Array,
  index: number,
): (SifObject & { readonly bigOffset: bigint; readonly bigSize: bigint }) | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[4] === 0) return undefined;
  const dataType = view.getInt32(0, true);
  const bigOffset = view.getBigInt64(17, true);
  const bigSize = view.getBigInt64(25, true);
  const base = {
    index,
    id: view.getUint32(5, true),
    group: groupOf(view.getUint32(9, true)),
    link: linkOf(view.getUint32(13, true)),
    offset: Number(bigOffset),
    size: Number(bigSize),
    createdSeconds: Number(view.getBigInt64(41, true)),
    name: paddedText(bytes.subarray(73, 201)),
    bigOffset,
    bigSize,
  };
  return { ...base, ...particulars(dataType, bytes.subarray(201)) };
}

type Particulars = SifObject extends infer Type
  ? Type extends SifObject
    ? Omit<Type, keyof SifObjectBase>
    : never
  : never;

/** What only objects of that type have: their type and what their descriptor says in its last 384 bytes. */
function particulars(dataType: number, extra: Uint8Array): Particulars {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  const [first, second] = [view.getInt32(0, true), view.getInt32(4, true)];
  switch (dataType) {
    case 0x4004: {
      const architecture = sifArchitecture(extra.subarray(8, 10));
      const fileSystem = fileSystems[first] ?? 'unknown';
      return { type: 'partition', fileSystem, role: roles[second] ?? 'unknown', architecture };
    }
    case 0x4005: {
      const entity = Buffer.from(extra.subarray(4, 24));
      const fingerprint = entity.every((byte) => byte === 0) ? undefined : entity.toString('hex');
      return { type: 'signature', hash: hashes[first] ?? 'unknown', fingerprint };
    }
    case 0x4008: {
      const encoding = encodings[first] ?? 'unknown';
      return { type: 'crypto-message', encoding, message: messages[second] ?? 'unknown' };
    }
    case 0x4009:
      return { type: 'sbom', format: sbomFormats[first] ?? 'unknown' };
    case 0x400a:
    case 0x400b:
      return { type: dataType === 0x400a ? 'oci-root-index' : 'oci-blob', digest: parseDigest(paddedText(extra)) };
    default:
      return { type: otherTypes[dataType] ?? 'unknown' };
  }
}

const groupMark = 0xf0000000;

function groupOf(stored: number): number | undefined {
  const group = stored >= groupMark ? stored - groupMark : stored;
  return group === 0 ? undefined : group;
}

function linkOf(stored: number): SifObjectBase['link'] {
  if (stored === 0) return undefined;
  return stored >= groupMark ? { to: 'group', id: stored - groupMark } : { to: 'object', id: stored };
}

/** Text up to the first NUL; a field may be full, without any. */
function paddedText(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}
