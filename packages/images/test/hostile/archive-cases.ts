import { madeDockerArchive, madeLayout, archiveMembers, plainLayer, type Json } from '../made/made-layout.ts';
import { paxMember, type MadeMember } from '../made/made-tar.ts';
import { archiveCase, changed, type HostileCase, type HostileClass } from './hostile-case.ts';

const members = (): MadeMember[] => archiveMembers(madeLayout());

/** An archive that is sound, with members before it. */
function before(
  name: string,
  how: string,
  more: () => readonly MadeMember[],
  where: RegExp = /^(?:byte|member)/,
): HostileCase {
  return archiveCase('oci-archive', name, { how, where, members: () => [...more(), ...members()] });
}

/** An archive that is sound, with members behind it. */
function behind(
  name: string,
  how: string,
  more: () => readonly MadeMember[],
  where: RegExp = /^(?:byte|member)/,
): HostileCase {
  return archiveCase('oci-archive', name, { how, where, members: () => [...members(), ...more()] });
}

/** An archive whose index is something else. */
function index(name: string, how: string, put: (member: MadeMember) => MadeMember, where: RegExp): HostileCase {
  const all = (): MadeMember[] => members().map((one) => (one.name === 'index.json' ? put(one) : one));
  return archiveCase('oci-archive', name, { how, where, members: all });
}

const sound = archiveCase('oci-archive', 'sound', { how: '', where: /^/, members });

const headers: HostileClass = {
  name: 'Headers of a tar archive',
  cases: [
    changed({ ...sound, name: 'cut in a header', how: 'the first 3000 bytes', where: /byte/ }, (bytes) =>
      bytes.subarray(0, 3000),
    ),
    changed({ ...sound, name: 'cut in the content', how: 'the first 700 bytes', where: /byte/ }, (bytes) =>
      bytes.subarray(0, 700),
    ),
    behind('a wrong sum', 'one digit of a checksum changed', () => [{ name: 'x', badSum: true }]),
    behind('a size beyond the end', '8 GiB - 1 in an archive of 9 KB', () => [{ name: 'x', size: 8 ** 11 - 1 }]),
    behind('a size of 2^60', 'in base 256', () => [
      { name: 'x', patches: [[124, Buffer.from([0x80, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0])]] },
    ]),
    behind('a negative size', 'in base 256', () => [{ name: 'x', patches: [[124, Buffer.alloc(12, 0xff)]] }]),
    behind('a size that is no number', 'the text "12z"', () => [{ name: 'x', patches: [[124, '12z']] }]),
    behind('a name of 2 GiB', 'a long name of GNU tar', () => [{ name: 'x', flag: 'L', size: 2 ** 31 }]),
    behind('a pax header of 2 MiB', 'said to be so long', () => [{ name: 'x', flag: 'x', size: 2 ** 21 }]),
    behind('a pax record of a wrong length', '99 path=x', () => [
      { name: 'x', flag: 'x', content: '99 path=x\n' },
      { name: 'y' },
    ]),
    behind('a pax size that is negative', 'size = -3', () => [paxMember({ size: '-3' }), { name: 'y' }]),
    behind('pax headers without end', 'nine of them, and no member', () =>
      Array.from({ length: 9 }, () => paxMember({ comment: 'x' })),
    ),
    behind('a name of 5000 bytes', 'path = nnn…', () => [paxMember({ path: 'n'.repeat(5000) }), { name: 'y' }]),
    behind('a target of 500 000 bytes', 'linkpath = nnn…', () => [
      paxMember({ linkpath: 'n'.repeat(500_000) }),
      { name: 'y', flag: '2' },
    ]),
  ],
};

const names: HostileClass = {
  name: 'Names and links of a tar archive',
  cases: [
    before('a way out', '../evil', () => [{ name: '../evil', content: 'x' }], /evil/),
    before(
      'a way out and in',
      'blobs/../../index.json',
      () => [{ name: 'blobs/../../index.json', content: 'x' }],
      /index/,
    ),
    before('an absolute name', '/etc/passwd', () => [{ name: '/etc/passwd', content: 'x' }], /passwd/),
    before(
      'a way out in a pax header',
      'path = ../evil',
      () => [paxMember({ path: '../evil' }), { name: 'y' }],
      /evil/,
    ),
    before('two indexes', 'index.json twice', () => [{ name: 'index.json', content: '{}' }], /index\.json/),
    before(
      'two indexes, spelled differently',
      './index.json and index.json',
      () => [{ name: './index.json', content: '{}' }],
      /index\.json/,
    ),
    index(
      'a link to itself',
      'index.json -> index.json',
      ({ name }) => ({ name, flag: '2', target: 'index.json' }),
      /index\.json|is no OCI archive/,
    ),
    index(
      'a link that leads out',
      'index.json -> ../../../etc/passwd',
      ({ name }) => ({ name, flag: '2', target: '../../../etc/passwd' }),
      /is no OCI archive/,
    ),
    index(
      'a hard link that leads out',
      'index.json = /etc/passwd',
      ({ name }) => ({ name, flag: '1', target: '/etc/passwd' }),
      /is no OCI archive/,
    ),
    index('an index that is a folder', 'index.json/', ({ name }) => ({ name, flag: '5' }), /is no OCI archive/),
  ].map((one) => (String(one.where).includes('no OCI') ? { ...one, code: 'INVALID_IMAGE' as const } : one)),
};

/** A docker-archive whose list or config is something else. */
function docker(
  name: string,
  how: string,
  where: RegExp,
  edit: (document: string, value: Json) => Json | Uint8Array,
): HostileCase {
  return archiveCase('docker-archive', name, { how, where, members: () => madeDockerArchive({ edit }) });
}

function listed(name: string, how: string, where: RegExp, list: (value: Json) => Json | Uint8Array): HostileCase {
  return docker(name, how, where, (document, value) => (document === 'manifest.json' ? list(value) : value));
}

function renamed(from: RegExp, put: (member: MadeMember) => MadeMember): readonly MadeMember[] {
  return madeDockerArchive().map((one) => (from.test(one.name) ? put(one) : one));
}

const twice = plainLayer();

const dockerArchives: HostileClass = {
  name: 'Docker archives',
  cases: [
    listed('no list', '{}', /^manifest\.json/, () => ({})),
    listed('no JSON', 'cut off', /^manifest\.json/, () => Buffer.from('[{"Config": ')),
    listed('nested 1000 deep', 'a list in a list in a list', /^manifest\.json/, () =>
      Buffer.from(`${'['.repeat(1000)}${']'.repeat(1000)}`),
    ),
    listed('no config', '[{ Layers: [] }]', /^manifest\.json/, () => [{ Layers: [] }]),
    listed('a config that leads out', 'Config = ../../etc/passwd', /passwd/, () => [
      { Config: '../../etc/passwd', Layers: [] },
    ]),
    listed('layers that lead out', 'Layers = /etc/passwd', /passwd/, (value) => [
      { ...first(value), Layers: ['/etc/passwd'] },
    ]),
    listed('2000 layers', 'one layer 2000 times', /^manifest\.json/, (value) => [
      { ...first(value), Layers: Array.from({ length: 2000 }, () => 'layer0.tar') },
    ]),
    docker('a config without its layers', 'rootfs = {}', /^config/, (document, value) =>
      document === 'config' ? { ...first([value]), rootfs: {} } : value,
    ),
    archiveCase('docker-archive', 'a config that is not what its name says', {
      how: 'a blank appended',
      where: /^config/,
      members: () =>
        renamed(/\.json$/, (one) =>
          one.name === 'manifest.json' ? one : { ...one, content: `${Buffer.from(one.content ?? '').toString()} ` },
        ),
    }),
    archiveCase('docker-archive', 'a layer that is not what the config says', {
      how: 'one byte changed',
      known: 'content',
      where: /^layer/,
      members: () =>
        renamed(/^layer/, (one) => ({
          ...one,
          content: Buffer.concat([Buffer.from(one.content ?? '').subarray(0, -1), Buffer.from('x')]),
        })),
    }),
    archiveCase('docker-archive', 'one layer in two sizes', {
      how: 'two members for one digest, one of them cut off',
      known: 'content',
      where: /^(?:blob|layer)/,
      members: () => madeDockerArchive({ layers: [twice, { ...twice, stored: twice.stored.subarray(0, 1) }] }),
    }),
  ],
};

function first(value: Json): Readonly<Record<string, Json>> {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  // What is made here is a list of objects.
  return one as Readonly<Record<string, Json>>;
}

/** Archives that hold images. */
export const archiveClasses: readonly HostileClass[] = [headers, names, dockerArchives];
