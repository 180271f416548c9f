import { parseDigest, type Digest } from '../oci/digest.ts';
import { sifArchitecture } from './sif-header.ts';

/** Where an object lies and what it is called. */
export interface SifObjectBase {
  readonly id: number;
  /** Undefined: in no group. */
  readonly group: number | undefined;
  /** Which object or group it belongs to, as a signature does. */
  readonly link: { readonly to: 'object' | 'group'; readonly id: number } | undefined;
  readonly offset: number;
  readonly size: number;
  readonly name: string;
}

/** How a partition is stored; `encrypted` needs a key to be run. */
export type SifFileSystem = 'squashfs' | 'ext3' | 'archive' | 'raw' | 'encrypted' | 'unknown';

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

/** Any other object. */
export interface SifOther extends SifObjectBase {
  readonly type:
    | 'definition-file'
    | 'environment'
    | 'labels'
    | 'signature'
    | 'json'
    | 'generic'
    | 'crypto-message'
    | 'sbom'
    | 'unknown';
}

/** An object of a SIF. */
export type SifObject = SifPartition | SifBlob | SifOther;

const otherTypes: Readonly<Record<number, SifOther['type']>> = {
  0x4001: 'definition-file',
  0x4002: 'environment',
  0x4003: 'labels',
  0x4005: 'signature',
  0x4006: 'json',
  0x4007: 'generic',
  0x4008: 'crypto-message',
  0x4009: 'sbom',
};
const fileSystems: Readonly<Record<number, SifFileSystem>> = {
  1: 'squashfs',
  2: 'ext3',
  3: 'archive',
  4: 'raw',
  5: 'encrypted',
  6: 'encrypted',
};
const roles: Readonly<Record<number, SifPartition['role']>> = { 1: 'system', 2: 'primary', 3: 'data', 4: 'overlay' };

/**
 * One descriptor, before anybody has checked where its object lies; undefined for one that is not used.
 * Source: github.com/apptainer/sif, version 1 of the format: 585 packed bytes, little-endian.
 */
export function parseSifObject(
  bytes: Uint8Array,
): (SifObject & { readonly bigOffset: bigint; readonly bigSize: bigint }) | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[4] === 0) return undefined;
  const dataType = view.getInt32(0, true);
  const bigOffset = view.getBigInt64(17, true);
  const bigSize = view.getBigInt64(25, true);
  const base = {
    id: view.getUint32(5, true),
    group: groupOf(view.getUint32(9, true)),
    link: linkOf(view.getUint32(13, true)),
    offset: Number(bigOffset),
    size: Number(bigSize),
    name: paddedText(bytes.subarray(73, 201)),
    bigOffset,
    bigSize,
  };
  const extra = bytes.subarray(201);
  if (dataType === 0x4004) {
    const fileSystem = fileSystems[view.getInt32(201, true)] ?? 'unknown';
    const role = roles[view.getInt32(205, true)] ?? 'unknown';
    return { ...base, type: 'partition', fileSystem, role, architecture: sifArchitecture(extra.subarray(8, 10)) };
  }
  if (dataType === 0x400a || dataType === 0x400b) {
    const type = dataType === 0x400a ? 'oci-root-index' : 'oci-blob';
    return { ...base, type, digest: parseDigest(paddedText(extra)) };
  }
  return { ...base, type: otherTypes[dataType] ?? 'unknown' };
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
