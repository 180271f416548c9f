import { jsonObject, partition, textObject } from '../made/made-sif.ts';
import { madeSquashfs } from '../made/made-squashfs.ts';
import { root } from '../made/squashfs-tree.ts';
import { changed, sifCase, type HostileClass } from './hostile-case.ts';

const note = textObject(0x4007, 'x'.repeat(100), 'note');
const again = partition(madeSquashfs(root()));
const header = 128;
const descriptor = 585;

const headers: HostileClass = {
  name: 'SIF header',
  cases: [
    sifCase('wrong magic', { set: { 'header magic 0': 0x58 } }, { where: /magic at byte/ }),
    sifCase('wrong version', { set: { 'header version 1': 0x39 } }, { where: /^version at byte 42/ }),
    sifCase('2^24 descriptors', { set: { 'header total': 2n ** 24n } }, { where: /^descriptors total at byte 88/ }),
    sifCase('2^40 descriptors', { set: { 'header total': 2n ** 40n } }, { where: /^descriptors total at byte 88/ }),
    sifCase('-1 descriptors', { set: { 'header total': -1 } }, { where: /^descriptors total at byte 88/ }),
    sifCase('no descriptors', { set: { 'header total': 0 } }, { where: /^descriptors total at byte 88/ }),
    sifCase(
      'more descriptors than fit',
      { set: { 'header total': 4096 } },
      { where: /^descriptors offset at byte 96/, how: 'header total = 4096, in a file of 5 KB' },
    ),
    sifCase('table at a negative place', { set: { 'header table offset': -4096 } }, { where: /^descriptors offset/ }),
    sifCase('table past the end', { set: { 'header table offset': 2n ** 62n } }, { where: /^descriptors offset/ }),
    sifCase('table in the header', { set: { 'header table offset': 64 } }, { where: /^descriptors offset/ }),
    changed(sifCase('cut in the header', {}, { where: /byte/, how: 'the first 100 bytes' }), (bytes) =>
      bytes.subarray(0, 100),
    ),
    changed(sifCase('cut in the table', {}, { where: /^descriptors offset/, how: 'the first 400 bytes' }), (bytes) =>
      bytes.subarray(0, 400),
    ),
  ],
};

const descriptors: HostileClass = {
  name: 'SIF descriptors',
  cases: [
    sifCase('object at a negative place', { set: { 'descriptor 0 offset': -1 } }, { where: /^descriptor 0, offset/ }),
    sifCase('object over the header', { set: { 'descriptor 0 offset': 0 } }, { where: /^descriptor 0, offset/ }),
    sifCase(
      'object in the table',
      { set: { 'descriptor 0 offset': header + descriptor } },
      { where: /^descriptor 0, offset/ },
    ),
    sifCase('object past the end', { set: { 'descriptor 0 offset': 2n ** 40n } }, { where: /^descriptor 0, size/ }),
    sifCase('object of 2^62 bytes', { set: { 'descriptor 0 size': 2n ** 62n } }, { where: /^descriptor 0, size/ }),
    sifCase(
      'object whose end overflows',
      { set: { 'descriptor 0 offset': 2n ** 63n - 1n, 'descriptor 0 size': 2n ** 63n - 1n } },
      { where: /^descriptor 0, size/ },
    ),
    sifCase(
      'object of a negative size',
      { objects: [note], set: { 'descriptor 1 size': -1 } },
      { where: /^descriptor 1, size/ },
    ),
    sifCase(
      'objects that overlap',
      { objects: [note], set: { 'descriptor 1 offset': header + 6 * descriptor + 4 } },
      { where: /^objects 1 and 2/ },
    ),
    sifCase('two of one id', { objects: [note], set: { 'descriptor 1 id': 1 } }, { where: /^id 1/ }),
    sifCase('no id', { objects: [note], set: { 'descriptor 1 id': 0 } }, { where: /^id 0/ }),
    sifCase(
      'two primary partitions',
      { objects: [again] },
      { where: /^descriptors/, how: 'a second one behind the first' },
    ),
    sifCase('wrong magic inside', { set: {} }, { where: /squashfs magic/, how: 'the partition starts with XXXX' }),
    sifCase(
      'no root file system',
      { set: { 'descriptor 0 role': 3 } },
      { code: 'CONVERSION_FAILED', where: /root file system/ },
    ),
    sifCase(
      'a file system that nobody knows',
      { set: { 'descriptor 0 file system': 77 } },
      { code: 'CONVERSION_FAILED', where: /root file system/ },
    ),
  ].map((one) => (one.name === 'wrong magic inside' ? changed(one, (bytes) => overwrite(bytes, 'hsqs', 'XXXX')) : one)),
};

function overwrite(bytes: Buffer, from: string, to: string): Buffer {
  bytes.write(to, bytes.indexOf(from), 'latin1');
  return bytes;
}

function config(value: unknown): Parameters<typeof sifCase>[1] {
  return { objects: [jsonObject('oci-config.json', value)] };
}

function configText(bytes: string | Uint8Array): Parameters<typeof sifCase>[1] {
  return { objects: [{ dataType: 0x4006, name: 'oci-config.json', content: Buffer.from(bytes) }] };
}

const where = /^oci-config\.json/;

const documents: HostileClass = {
  name: 'Documents in a SIF',
  cases: [
    sifCase('not UTF-8', configText(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), {
      where,
      how: 'oci-config.json with the byte FF',
    }),
    sifCase('no JSON', configText('{"Env": ['), { where, how: 'oci-config.json cut off' }),
    sifCase('a list', config([]), { where, how: 'oci-config.json = []' }),
    sifCase('nested 1000 deep', configText(`{"Healthcheck":${'['.repeat(1000)}${']'.repeat(1000)}}`), {
      where,
      how: 'a list in a list in a list',
    }),
    sifCase('nested 500 000 deep', configText(`{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}`), {
      where,
      how: 'a list in a list in a list',
    }),
    sifCase('larger than 4 MiB', configText(`{"a":"${'x'.repeat(4_194_304)}"}`), {
      where: /^object 2/,
      how: 'a text of 4 MiB',
    }),
    sifCase('Env that holds numbers', config({ Env: [1, 2] }), { where, how: 'Env = [1, 2]' }),
    sifCase('labels that are objects', configText('{"Labels":{"__proto__":{"x":"y"}}}'), {
      where,
      how: 'Labels.__proto__ = {…}',
    }),
    sifCase('ports that are a list', config({ ExposedPorts: [80] }), { where, how: 'ExposedPorts = [80]' }),
  ],
};

/** A SIF as a container: everything but the file system in it. */
export const sifClasses: readonly HostileClass[] = [headers, descriptors, documents];
