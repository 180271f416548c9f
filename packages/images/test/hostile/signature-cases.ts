import { makeSif, partition, type MadeObject } from '../../src/__fixtures__/sif.ts';
import { signatureBytes, signatureObject, signedSif, type MadeSignature } from '../../src/__fixtures__/signed-sif.ts';
import { madeKey } from '../made/made-key.ts';
import { textObject } from '../made/made-sif.ts';
import { madeSquashfs } from '../made/made-squashfs.ts';
import { root } from '../made/squashfs-tree.ts';
import type { HostileCase, HostileClass } from './hostile-case.ts';

const objects: readonly MadeObject[] = [
  textObject(0x4001, 'Bootstrap: scratch\n', 'definition'),
  partition(madeSquashfs(root())),
];
const { privateKey, publicKey } = madeKey(1);
const key: MadeSignature = { key: privateKey };
const policy = { verify: { keys: [publicKey] } };

type Refusal = Pick<HostileCase, 'where' | 'how'> & Partial<Pick<HostileCase, 'code'>>;

/** A SIF whose signatures are asked for. */
function signed(name: string, refusal: Refusal, make: () => Uint8Array): HostileCase {
  const asked = { code: 'CORRUPT_IMAGE', known: 'content', entry: 'verify', policy } as const;
  return { ...asked, ...refusal, name, format: 'sif', make };
}

/** One of which a byte is changed after it was signed. */
function changedAt(name: string, refusal: Refusal, at: (sif: Buffer) => number): HostileCase {
  return signed(name, refusal, () => {
    const sif = signedSif(objects, key);
    const place = at(sif);
    sif[place] = (sif[place] ?? 0) ^ 1;
    return sif;
  });
}

const denied = { code: 'POLICY_DENIED' } as const;
const signatures: HostileClass = {
  name: 'Signatures',
  cases: [
    signed('not signed', { ...denied, how: 'no signature', where: /group 1 is not signed/ }, () => makeSif(objects)),
    signed('signed by somebody else', { ...denied, how: 'another key', where: /by none of the given keys/ }, () =>
      signedSif(objects, { key: madeKey(2).privateKey }),
    ),
    changedAt('another content', { how: 'a bit of the file system', where: /^object 2/ }, (sif) =>
      sif.indexOf('#!shell'),
    ),
    changedAt('another name', { how: 'a bit of a descriptor', where: /^descriptor of object 1/ }, () => 4096 + 73),
    changedAt(
      'another architecture',
      { how: 'a bit of the partition', where: /^descriptor of object 2/ },
      () => 4096 + 585 + 209,
    ),
    changedAt('another header', { how: 'a bit of the uuid', where: /^global header/ }, () => 50),
    changedAt(
      'a signature of something else',
      { ...denied, how: 'a bit of the message', where: /by none of the given keys|unknown form/ },
      (sif) => sif.lastIndexOf('"payload":"') + 30,
    ),
    signed('an object in no group', { ...denied, how: 'group = none', where: /in no group/ }, () =>
      signedSif([...objects, { ...textObject(0x4007, 'evil'), group: 0xf0000000 }], key),
    ),
    signed(
      'an object that nobody signed',
      { ...denied, how: 'left out of the message', where: /object 2 of group 1/ },
      () => signedSif(objects, { ...key, change: (message) => ({ ...message, objects: message.objects.slice(0, 1) }) }),
    ),
    signed('an object that is gone', { how: 'signed with three, and two are left', where: /^object 3/ }, () => {
      const three = [...objects, textObject(0x4007, 'more')];
      return makeSif([...objects, signatureObject(makeSif(three), three, key)]);
    }),
    signed('a message that is none', { how: 'signed text', where: /^signature 3/ }, () =>
      signedSif(objects, { ...key, change: () => ['text'] }),
    ),
    signed('an envelope that is none', { ...denied, how: 'a text', where: /in an unknown form/ }, () =>
      makeSif([...objects, signatureBytes(Buffer.from('{"payload":1}'))]),
    ),
    signed('an envelope of 5 MiB', { how: 'blanks', where: /^object 3/ }, () =>
      makeSif([...objects, signatureBytes(Buffer.alloc(5_242_880, ' '))]),
    ),
  ],
};

/** SIFs whose signatures lie, for somebody who asks for them. */
export const signatureClasses: readonly HostileClass[] = [signatures];
