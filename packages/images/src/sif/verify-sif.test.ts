import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FairleadError } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonObject, makeSif, partition, type MadeObject } from '../__fixtures__/sif.ts';
import { signatureBytes, signatureObject, signedSif, type SignedMessage } from '../__fixtures__/signed-sif.ts';
import { packedImage } from '../__fixtures__/squashfs.ts';
import { writeSifImage } from '../convert/write-sif-image.ts';
import type { SifKey } from './signing-key.ts';
import { verifySif, type VerifiedSif } from './verify-sif.ts';

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
const ecdsa: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed25519: Pair = generateKeyPairSync('ed25519');
const rsa: Pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other: Pair = generateKeyPairSync('ed25519');
const pem = ({ publicKey }: Pair): string => publicKey.export({ type: 'spki', format: 'pem' }).toString();

const objects: readonly MadeObject[] = [
  { dataType: 0x4001, name: 'definition', content: Buffer.from('bootstrap: scratch\n') },
  jsonObject('oci-config.json', { Entrypoint: ['/app'] }),
  partition(packedImage('gzip')),
];
const second: MadeObject = { dataType: 0x4007, name: 'data', content: Buffer.from('more'), group: 0xf0000002 };

async function check(bytes: Buffer, ...keys: readonly SifKey[]): Promise<VerifiedSif> {
  return verifySif(new Blob([Uint8Array.from(bytes)]), { keys });
}

async function failure(bytes: Buffer, ...keys: readonly SifKey[]): Promise<FairleadError> {
  const error: unknown = await check(bytes, ...keys).catch((reason: unknown) => reason);
  if (FairleadError.is(error)) return error;
  throw new Error('it was not refused', { cause: error });
}

const descriptor = (id: number): number => 4096 + (id - 1) * 585;

describe('verifySif', () => {
  it.each([
    ['ECDSA', ecdsa, 'sha256'],
    ['ECDSA with SHA-384', ecdsa, 'sha384'],
    ['Ed25519', ed25519, 'sha256'],
    ['RSA', rsa, 'sha256'],
    ['RSA with SHA-512', rsa, 'sha512'],
  ] as const)('verifies a signature of %s, with the key as PEM, as bytes and as an object', async (_, pair, hash) => {
    const sif = signedSif(objects, { key: pair.privateKey, hash });
    for (const key of [pem(pair), Buffer.from(pem(pair)), pair.publicKey, createPublicKey(pair.privateKey)]) {
      const { groups } = await check(sif, key);
      expect(groups).toMatchObject([{ id: 1, objects: [1, 2, 3], unchecked: [] }]);
      expect(groups[0]?.signatures).toEqual([{ object: 4, keys: [expect.stringMatching(/^sha256:[0-9a-f]{64}$/)] }]);
    }
  });

  it('takes the digests of a message in each algorithm that the format has', async () => {
    for (const digests of ['sha512_256', 'sha384'] as const) {
      const sif = signedSif(objects, { key: ed25519.privateKey, digests });
      expect((await check(sif, pem(ed25519))).groups.length).toBe(1);
    }
  });

  it('verifies each group, and leaves signatures of keys that were not given alone', async () => {
    const two = { key: ecdsa.privateKey, group: 2 };
    const sif = signedSif([...objects, second], { key: rsa.privateKey }, { key: ecdsa.privateKey }, two);
    const { groups } = await check(sif, pem(ecdsa));
    expect(groups).toMatchObject([
      { id: 1, signatures: [{ object: 6 }], unchecked: [{ object: 5, kind: 'dsse' }] },
      { id: 2, objects: [4], signatures: [{ object: 7 }] },
    ]);
    const half = await failure(signedSif([...objects, second], { key: ecdsa.privateKey }), pem(ecdsa));
    expect([half.code, half.message]).toEqual(['POLICY_DENIED', expect.stringMatching(/group 2 is not signed/)]);
  });

  it('does not mind what signatures do not cover: holes, offsets and the mark of use', async () => {
    const sif = signedSif(objects, { key: ecdsa.privateKey });
    sif[descriptor(1) + 4] = 7;
    sif.writeBigInt64LE(5n, descriptor(1) + 49);
    expect((await check(sif, pem(ecdsa))).groups.length).toBe(1);
  });

  it('says that something is not signed, and by what name', async () => {
    const text = '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n';
    const legacy = signatureBytes(Buffer.from(`${text}SIFHASH:\nab\n`));
    const cases: readonly (readonly [Buffer, RegExp])[] = [
      [makeSif(objects), /group 1 is not signed/],
      [makeSif([...objects, signatureBytes(Buffer.from(`${text}{}`))]), /signed with PGP, which is not checked here/],
      [makeSif([...objects, legacy]), /PGP in its form before 2020/],
      [makeSif([...objects, { ...legacy, link: 3 }]), /PGP in its form before 2020/],
      [makeSif([...objects, signatureBytes(Buffer.from('{}'))]), /unknown form/],
      [signedSif(objects, { key: other.privateKey }), /signed by none of the given keys/],
      [signedSif([...objects, { ...second, group: 0xf0000000 }], { key: ecdsa.privateKey }), /object 4 is in no group/],
      [makeSif([]), /nothing that could be signed/],
    ];
    for (const [bytes, message] of cases) {
      const error = await failure(bytes, pem(ecdsa));
      expect([error.code, error.message]).toEqual(['POLICY_DENIED', expect.stringMatching(message)]);
    }
  });

  it('says which object of a signed group was added or is missing', async () => {
    const sif = makeSif(objects);
    const signature = signatureObject(sif, objects, { key: ecdsa.privateKey });
    const added = await failure(makeSif([...objects, jsonObject('late', {}), signature]), pem(ecdsa));
    expect(added.code).toBe('POLICY_DENIED');
    expect(added.message).toMatch(/object 4 of group 1 is not signed/);
    const missing = await failure(makeSif([...objects.slice(0, 2), signature]), pem(ecdsa));
    expect(missing.code).toBe('CORRUPT_IMAGE');
    expect(missing.message).toMatch(/object 3: signature 3 covers it, but it is missing/);
  });

  const flips: readonly (readonly [string, number, string])[] = [
    ['launch line', 3, 'global header'],
    ['UUID', 50, 'global header'],
    ['name of object 2', descriptor(2) + 74, 'descriptor of object 2'],
    ['type of file system', descriptor(3) + 201, 'descriptor of object 3'],
    ['time of object 1', descriptor(1) + 41, 'descriptor of object 1'],
    ['content of object 1', 4096 + 48 * 585 + 2, 'object 1'],
    ['last byte of the partition', -1, 'object 3'],
  ];
  it.each(flips)('finds a byte changed in the %s and names where', async (_, at, where) => {
    const plain = makeSif(objects);
    const sif = signedSif(objects, { key: ecdsa.privateKey });
    const place = at < 0 ? plain.length + at : at;
    sif[place] = (sif[place] ?? 0) ^ 1;
    const error = await failure(sif, pem(ecdsa));
    expect(error).toMatchObject({ code: 'CORRUPT_IMAGE', details: { where, signature: 4 } });
  });

  it('refuses messages that are signed but forged or of another kind', async () => {
    const changes: readonly ((message: SignedMessage) => object)[] = [
      (message) => ({ ...message, version: 2 }),
      (message) => ({ ...message, header: { digest: 'md5:00' } }),
      (message) => ({ ...message, objects: [...message.objects, ...message.objects] }),
      (message) => ({ ...message, objects: [{ ...message.objects[0], relativeId: -1 }] }),
      () => [],
    ];
    for (const change of changes) {
      const error = await failure(signedSif(objects, { key: ecdsa.privateKey, change }), pem(ecdsa));
      expect([error.code, error.details['where']]).toEqual(['CORRUPT_IMAGE', 'signature 4']);
    }
  });

  it('refuses keys that are none, before it reads', async () => {
    const dsa = generateKeyPairSync('x25519');
    for (const keys of [[], ['no key'], [dsa.publicKey]]) {
      expect((await failure(signedSif(objects, { key: ecdsa.privateKey }), ...keys)).code).toBe('INVALID_SPEC');
    }
  });
});

describe('the option verify of writeSifImage', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-verify-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('converts what is verified, and else writes nothing', async () => {
    const path = join(folder, 'model.sif');
    await writeFile(path, signedSif(objects, { key: ecdsa.privateKey }));
    const options = { form: 'archive', mode: 'oci' } as const;
    const out = join(folder, 'out.tar');
    const refused = writeSifImage(path, out, { ...options, verify: { keys: [pem(other)] } });
    await expect(refused).rejects.toMatchObject({ code: 'POLICY_DENIED' });
    await writeFile(join(folder, 'bare.sqfs'), packedImage('gzip'));
    const bare = writeSifImage(join(folder, 'bare.sqfs'), out, { ...options, verify: { keys: [pem(ecdsa)] } });
    await expect(bare).rejects.toMatchObject({ code: 'POLICY_DENIED', message: expect.stringMatching(/only a SIF/) });
    expect((await readdir(folder)).toSorted()).toEqual(['bare.sqfs', 'model.sif']);
    const written = await writeSifImage(path, out, { ...options, verify: { keys: [pem(ecdsa)] } });
    expect(written.verified?.groups).toMatchObject([{ objects: [1, 2, 3] }]);
  });

  it('notices a file that is written to between verifying and converting', async () => {
    const path = join(folder, 'model.sif');
    await writeFile(path, signedSif(objects, { key: ecdsa.privateKey }));
    // So that the time of the write is another one, however coarse the clock of the file system is.
    await utimes(path, 1, 1);
    const writing = writeSifImage(path, join(folder, 'out'), {
      form: 'oci-layout',
      mode: 'oci',
      verify: { keys: [pem(ecdsa)] },
      onProgress: () => writeFileSync(path, 'x', { flag: 'r+' }),
    });
    await expect(writing).rejects.toMatchObject({ code: 'CORRUPT_IMAGE', details: { changed: true } });
    expect(await readdir(folder)).toEqual(['model.sif']);
  });
});
