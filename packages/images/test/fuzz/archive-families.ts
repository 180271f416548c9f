import { gzipSync, zstdCompressSync } from 'node:zlib';
import { madeTar, paxMember, type MadeMember } from '../made/made-tar.ts';
import { documentMutation, membersOf, type ArchiveFormat } from './archive-seeds.ts';
import { convertArchive } from './convert-in-memory.ts';
import { once, type FuzzCase, type FuzzFamily } from './fuzz-family.ts';
import { mutateBytes } from './mutate-bytes.ts';
import type { Random } from './random.ts';

/** Archives of OCI layouts, and of docker save: documents, members, headers and bytes. */
export const archiveFamilies: readonly FuzzFamily[] = [family('oci-archive'), family('docker-archive')];

function family(format: ArchiveFormat): FuzzFamily {
  const seed = once(() => {
    const bytes = madeTar(membersOf(format));
    const packed = [
      ['plain', bytes],
      ['gzip', gzipSync(bytes)],
      ['zstd', zstdCompressSync(bytes)],
    ] as const;
    return { packed, clean: once(() => convertArchive(bytes, format)) };
  });
  const caseOf = (fields: Pick<FuzzCase, 'notes' | 'expected'> & { readonly bytes: Uint8Array }): FuzzCase => ({
    ...fields,
    seed: 'made',
    run: () => convertArchive(fields.bytes, format),
    clean: seed().clean,
  });
  const prepare = (random: Random): FuzzCase => {
    const kind = random.below(10);
    if (kind < 4) {
      const documents =
        format === 'oci-archive' ? (['index', 'manifest', 'config'] as const) : (['manifest.json', 'config'] as const);
      const { edit, notes } = documentMutation(random, documents);
      return caseOf({ notes, expected: 'any', bytes: madeTar(membersOf(format, edit)) });
    }
    if (kind < 7) {
      const members = membersOf(format);
      const note = changeMember(members, random);
      return caseOf({ notes: [note], expected: 'same or refused', bytes: madeTar(members) });
    }
    const [compression, whole] = random.pick(seed().packed);
    const { bytes, note } = mutateBytes(whole, random);
    return caseOf({ notes: [`${compression}: ${note}`], expected: 'same or refused', bytes });
  };
  return { name: format, share: 11, prepare };
}

const wrongNames = [
  '../index.json',
  '/index.json',
  'index.json/',
  './index.json',
  'blobs/../manifest.json',
  '',
  'a'.repeat(100),
  'manifest.json',
  'index.json',
  'oci-layout',
];

const patches: readonly (readonly [number, string])[] = [
  [124, '77777777777\0'],
  [124, '\u0080\0\0\0\0\0\0\0\0\0\0\0'],
  [124, '00000000001 '],
  [124, '-0000000001\0'],
  [100, 'xxxxxxx\0'],
  [257, 'ustar  \0'],
  [257, '\0\0\0\0\0\0\0\0'],
  [345, 'prefix'],
  [345, '..'],
  [329, '\u00ff\u00ff\u00ff\u00ff'],
];

/** One member changed, in place; says how. */
function changeMember(members: MadeMember[], random: Random): string {
  const [from, to] = [random.below(members.length), random.below(members.length)];
  const [one, other] = [members[from], members[to]];
  if (one === undefined || other === undefined) throw new Error('no member');
  const name = one.name.slice(0, 30);
  const patch = random.pick(patches);
  const flag = random.pick(Array.from('01234567xgLKSVDM\0 '));
  const target = random.pick([other.name, one.name, '../../../etc/passwd', '/etc/passwd', 'a/'.repeat(40)]);
  const changes: readonly (readonly [string, () => void])[] = [
    ['removed', () => members.splice(from, 1)],
    ['doubled', () => members.splice(to, 0, one)],
    ['swapped', () => ([members[from], members[to]] = [other, one])],
    ['renamed', () => (members[from] = { ...one, name: random.pick(wrongNames) })],
    [`flag ${flag}`, () => (members[from] = { ...one, flag })],
    ['a link', () => (members[from] = { name: one.name, flag: random.pick(['1', '2']), target })],
    [
      `patched at ${patch[0]}`,
      () => (members[from] = { ...one, patches: [[patch[0], Buffer.from(patch[1], 'latin1')]] }),
    ],
    ['of another size', () => (members[from] = { ...one, size: random.pick([0, 1, 511, 512, 513, 1e6, 8 ** 11 - 1]) })],
    ['with pax records', () => members.splice(from, 0, paxOf(random))],
    ['with a wrong sum', () => (members[from] = { ...one, badSum: true })],
  ];
  const [what, change] = random.pick(changes);
  change();
  return `${name}: ${what}`;
}

function paxOf(random: Random): MadeMember {
  const value = random.pick(['../x', '/x', '-1', '1e9', '99999999999999999999', 'x'.repeat(5000), 'index.json', '']);
  const key = random.pick([
    'path',
    'linkpath',
    'size',
    'uid',
    'mtime',
    'GNU.sparse.major',
    'SCHILY.xattr.user.a',
    '__proto__',
  ]);
  const made = paxMember({ [key]: value }, random.pick(['x', 'g']));
  return random.chance(30) ? { ...made, content: mutateBytes(Buffer.from(made.content ?? ''), random).bytes } : made;
}
