import { corrupt } from '../failure.ts';
import type { Source } from '../source.ts';
import { limits } from '../limits.ts';

/** Bytes of the global header. */
const sifHeaderBytes = 128;

/** Bytes of one descriptor. */
export const descriptorBytes = 585;

/** Where the magic `SIF_MAGIC` stands, behind the launch line. */
export const sifMagicOffset = 32;

/** The global header of a SIF. Source: github.com/apptainer/sif, version 1 of the format. */
export interface SifHeader {
  /** GOARCH word, or undefined where the image does not say. */
  readonly architecture: string | undefined;
  /** 32 hex digits; all zero in images that are made to be reproducible. */
  readonly uuid: string;
  /** Seconds since 1970; negative in images that are made to be reproducible. */
  readonly createdSeconds: number;
  readonly descriptors: { readonly total: number; readonly offset: number };
}

const architectures: Readonly<Record<string, string>> = {
  '01': '386',
  '02': 'amd64',
  '03': 'arm',
  '04': 'arm64',
  '05': 'ppc64',
  '06': 'ppc64le',
  '07': 'mips',
  '08': 'mipsle',
  '09': 'mips64',
  '10': 'mips64le',
  '11': 's390x',
  '12': 'riscv64',
  '13': 'loong64',
};

/** The GOARCH word of a SIF's two digits, or undefined. */
export function sifArchitecture(bytes: Uint8Array): string | undefined {
  const code = String.fromCharCode(...bytes.subarray(0, 2));
  return Object.hasOwn(architectures, code) ? architectures[code] : undefined;
}

/** Whether some first bytes are those of a SIF. */
export function startsLikeSif(head: Uint8Array): boolean {
  const magic = head.subarray(sifMagicOffset, sifMagicOffset + 10);
  return Buffer.from(magic).toString('latin1') === 'SIF_MAGIC\0';
}

/**
 * Reads the global header and checks that the table of descriptors lies inside the file: the number of descriptors is
 * the file's own claim, and a reader that trusts it can be made to allocate anything.
 * @throws FairleadError `CORRUPT_IMAGE` with field and offset
 */
export async function readSifHeader(source: Source): Promise<SifHeader> {
  const bytes = await source.read({ offset: 0, length: sifHeaderBytes });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bad = (field: string, offset: number, why: string): Error =>
    corrupt({ path: source.path, where: `${field} at byte ${offset}`, why, details: { field, offset } });
  if (!startsLikeSif(bytes)) throw bad('magic', sifMagicOffset, 'this is no SIF');
  const version = Buffer.from(bytes.subarray(42, 45)).toString('latin1');
  if (version !== '01\0') throw bad('version', 42, 'only version 01 of SIF is known');
  const total = view.getBigInt64(88, true);
  const offset = view.getBigInt64(96, true);
  if (total < 1n || total > BigInt(limits.sifDescriptors)) {
    throw bad('descriptors total', 88, `${total} is not between 1 and ${limits.sifDescriptors}`);
  }
  const end = offset + total * BigInt(descriptorBytes);
  if (offset < BigInt(sifHeaderBytes)) throw bad('descriptors offset', 96, `${offset} lies in the header`);
  if (end > BigInt(source.size)) {
    throw bad(
      'descriptors offset',
      96,
      `the table ends at byte ${end}, but the file at ${source.size}: it is truncated`,
    );
  }
  return {
    architecture: sifArchitecture(bytes.subarray(45, 47)),
    uuid: Buffer.from(bytes.subarray(48, 64)).toString('hex'),
    createdSeconds: Number(view.getBigInt64(64, true)),
    descriptors: { total: Number(total), offset: Number(offset) },
  };
}
