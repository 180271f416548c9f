import type { FileImageFormat } from '@fairlead/core';
import type { SifOptions } from '../../src/convert/sif-image.ts';
import { editing } from '../made/field-writer.ts';
import { madeSif, partition, type MadeObject } from '../made/made-sif.ts';
import { madeSquashfs, type MadeOptions } from '../made/made-squashfs.ts';
import { madeTar, type MadeMember } from '../made/made-tar.ts';
import { root, type MadeFolder } from '../made/squashfs-tree.ts';
import type { EntryPoint } from './entry-points.ts';

/** What is hostile about a file, and how it has to be refused. */
export interface HostileCase {
  readonly name: string;
  /** How the file is made, for a reader of the table. */
  readonly how: string;
  /** What it is handed in as; `unknown` is only shown to detection. */
  readonly format: FileImageFormat | 'unknown';
  readonly code: 'CORRUPT_IMAGE' | 'POLICY_DENIED' | 'INVALID_IMAGE' | 'CONVERSION_FAILED';
  /** Of the place that the error names. */
  readonly where: RegExp;
  /** `metadata`: before any content is read; `content`: only reading the content can tell. */
  readonly known: 'metadata' | 'content';
  readonly policy?: SifOptions;
  /** Which way to look at it has to refuse it. Default: the conversion, or detection for what is no image. */
  readonly entry?: EntryPoint;
  /** It is hostile because little is stored: with content that nobody reads it would not be. */
  readonly small?: boolean;
  /** The file, or the files of a folder; nothing lies in the first so many bytes of a file system's content. */
  make(gapBytes: number): Uint8Array | ReadonlyMap<string, MadeFile>;
}

/** A file of a folder, or a symbolic link. */
export type MadeFile = Uint8Array | { readonly link: string };

/** Cases that are wrong in the same way. */
export interface HostileClass {
  readonly name: string;
  readonly cases: readonly HostileCase[];
}

type Values = Readonly<Record<string, bigint | number>>;
type Refusal = Pick<HostileCase, 'where'> & Partial<Pick<HostileCase, 'code' | 'known' | 'policy' | 'how' | 'small'>>;

/** Values as the table shows them. */
function shownValues(values: Values): string {
  const shown = (value: bigint | number): string => {
    const big = BigInt(value);
    const power = big.toString(2).length - 1;
    return power > 15 && big === 1n << BigInt(power) ? `2^${power}` : String(big);
  };
  return Object.entries(values)
    .map(([field, value]) => `${field} = ${shown(value)}`)
    .join(', ');
}

/** A bare file system of a tree, some of whose fields have wrong values. */
export function squashfsCase(
  name: string,
  made: {
    readonly tree?: MadeFolder;
    readonly set?: Values | ((gap: number) => Values);
    readonly options?: MadeOptions;
  },
  refusal: Refusal,
): HostileCase {
  const { tree = root(), set = {}, options = {} } = made;
  const valuesOf = typeof set === 'function' ? set : (): Values => set;
  return {
    format: 'squashfs',
    code: 'CORRUPT_IMAGE',
    known: 'metadata',
    how: shownValues(valuesOf(0)),
    ...refusal,
    name,
    make: (gapBytes) => checked(name, valuesOf(gapBytes), (edit) => madeSquashfs(tree, { ...options, gapBytes, edit })),
  };
}

/** A SIF with a small file system, some of whose fields have wrong values. */
export function sifCase(
  name: string,
  made: { readonly objects?: readonly MadeObject[]; readonly set?: Values },
  refusal: Refusal,
): HostileCase {
  const { objects = [], set = {} } = made;
  return {
    format: 'sif',
    code: 'CORRUPT_IMAGE',
    known: 'metadata',
    how: shownValues(set),
    ...refusal,
    name,
    make: (gapBytes) =>
      checked(name, set, (edit) => madeSif([partition(madeSquashfs(root(), { gapBytes })), ...objects], { edit })),
  };
}

function checked(name: string, values: Values, make: (edit: ReturnType<typeof editing>) => Buffer): Buffer {
  const edit = editing(values);
  const bytes = make(edit);
  const unused = edit.unused();
  if (unused.length > 0) throw new Error(`${name}: there is no field ${unused.join(', ')}`);
  return bytes;
}

/** An archive of these members. */
export function archiveCase(
  format: 'oci-archive' | 'docker-archive',
  name: string,
  refusal: Refusal & { readonly how: string; members(): readonly MadeMember[] },
): HostileCase {
  const { members, ...rest } = refusal;
  return { code: 'CORRUPT_IMAGE', known: 'metadata', ...rest, format, name, make: () => madeTar(members()) };
}

/** The same case with its bytes changed afterwards. */
export function changed(base: HostileCase, change: (bytes: Buffer) => Uint8Array): HostileCase {
  const make = (gapBytes: number): Uint8Array => {
    const made = base.make(gapBytes);
    if (!(made instanceof Uint8Array)) throw new Error(`${base.name} is a folder`);
    return change(Buffer.from(made));
  };
  return { ...base, make };
}
