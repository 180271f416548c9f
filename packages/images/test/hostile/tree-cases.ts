import { gzipSync } from 'node:zlib';
import { mediaType } from '../../src/oci/media-type.ts';
import { archiveMembers, madeLayout, plainLayer, type MadeLayer } from '../made/made-layout.ts';
import { paxMember, type MadeMember } from '../made/made-tar.ts';
import { archiveCase, type HostileCase, type HostileClass } from './hostile-case.ts';

type Refusal = Pick<HostileCase, 'where' | 'how'> & Partial<Pick<HostileCase, 'code' | 'entry'>>;

/** An archive of layers that go out as they are: whoever looks into them has to refuse them. */
function treeCase(name: string, refusal: Refusal, ...layers: readonly MadeLayer[]): HostileCase {
  return archiveCase('oci-archive', name, {
    known: 'content',
    entry: 'list',
    ...refusal,
    members: () => archiveMembers(madeLayout({ layers })),
  });
}

const folderA: readonly MadeMember[] = [{ name: 'a/', flag: '5' }];
const linkToA: MadeMember = { name: 'a/b', flag: '1', target: 'a' };
const byte = /^byte \d+/;

/** A sparse file that says with the records of pax what is stored of it. */
function sparse(map: string, realSize: number): MadeLayer {
  const records = { 'GNU.sparse.map': map, 'GNU.sparse.size': String(realSize) };
  return plainLayer([paxMember(records), { name: 'disk', content: 'x' }]);
}

/** One that says it in its header. */
function sparseHeader(pairs: string, more: string): MadeLayer {
  const patches = [
    [257, 'ustar  \0'],
    [386, pairs],
    [482, more],
    [483, '00000001750\0'],
  ] as const;
  return plainLayer([{ name: 'disk', flag: 'S', content: 'x', patches }]);
}

const stored = { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '100' };
const plain = plainLayer();
const trees: HostileClass = {
  name: 'Trees of layers',
  cases: [
    treeCase(
      'a hard link to a folder',
      { how: 'a/b is another name for a', where: /^link "\/a\/b"/ },
      plainLayer([...folderA, linkToA]),
    ),
    treeCase(
      'a hard link to a folder below',
      { how: 'the same in two layers', where: /^link "\/a\/b"/ },
      plainLayer(folderA),
      plainLayer([linkToA]),
    ),
    treeCase(
      'a hard link to the root',
      { how: 'a/b is another name for /', where: /^link "\/a\/b"/ },
      plainLayer([{ ...linkToA, target: '/' }]),
    ),
    treeCase('a name that leads out', { how: '../evil', where: byte }, plainLayer([{ name: '../evil' }])),
    treeCase(
      'a link to a name that leads out',
      { how: 'a hard link to ../evil', where: byte },
      plainLayer([{ ...linkToA, target: '../evil' }]),
    ),
    treeCase(
      '300 folders deep',
      { how: 'a pax name of d/d/d/…', where: byte },
      plainLayer([paxMember({ path: `${'d/'.repeat(300)}f` }), { name: 'f' }]),
    ),
    treeCase(
      'another content than its diffID',
      { how: 'gzip of other bytes', where: /^layer/ },
      { ...plain, stored: gzipSync(plainLayer([]).tar), mediaType: `${mediaType.layer}+gzip` },
    ),
  ],
};

const sparseFiles: HostileClass = {
  name: 'Sparse files in layers',
  cases: [
    treeCase('runs that overlap', { how: 'a map of 0,1,0,1', where: byte }, sparse('0,1,0,1', 100)),
    treeCase('a run behind the end', { how: 'a map of 100,1 in 100 bytes', where: byte }, sparse('100,1', 100)),
    treeCase('more than is stored', { how: 'a map of 0,50', where: byte }, sparse('0,50', 100)),
    treeCase('half a run', { how: 'a map of 0,1,5', where: byte }, sparse('0,1,5', 100)),
    treeCase(
      'a file of 1 TiB in one byte',
      { how: 'GNU.sparse.size = 2^40', code: 'POLICY_DENIED', where: /^sparse file/, entry: 'read files' },
      sparse('0,1', 2 ** 40),
    ),
    treeCase(
      'a map in the header without end',
      { how: 'a mark of more, and no more', where: byte },
      sparseHeader('', '1'),
    ),
    treeCase(
      'a map in the header of words',
      { how: 'offset = xxxxxxxxxxx', where: byte },
      sparseHeader('xxxxxxxxxxx\0x', '\0'),
    ),
    treeCase(
      'a map in the content without end',
      { how: '99999999 runs', where: byte },
      plainLayer([paxMember(stored), { name: 'disk', content: '99999999\n1\n' }]),
    ),
  ],
};

/** Layers that are wrong where somebody looks into them. */
export const treeClasses: readonly HostileClass[] = [trees, sparseFiles];
