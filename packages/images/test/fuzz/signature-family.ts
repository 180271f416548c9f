import { signatureBytes, signatureObject, signedSif, type SignedMessage } from '../../src/__fixtures__/signed-sif.ts';
import { makeSif, partition, type MadeObject } from '../../src/__fixtures__/sif.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { openSif, readSifObject } from '../../src/sif/open-sif.ts';
import { verifyOpenSif } from '../../src/sif/verify-sif.ts';
import type { Json } from '../made/made-layout.ts';
import { unedited } from '../made/field-writer.ts';
import { madeKey } from '../made/made-key.ts';
import { textObject } from '../made/made-sif.ts';
import { everything, imageOf } from './file-system-seeds.ts';
import { once, readBudget, type FuzzCase, type FuzzFamily } from './fuzz-family.ts';
import { memorySource } from './memory-source.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateJson, mutateJsonText } from './mutate-json.ts';
import type { Random } from './random.ts';

const { privateKey, publicKey } = madeKey(1);
const objects = once((): readonly MadeObject[] => [
  textObject(0x4001, 'Bootstrap: scratch\n', 'definition'),
  partition(imageOf(everything, { packMetadata: true }, unedited)),
]);

const seed = once(() => {
  const sif = makeSif(objects());
  const signatures = [privateKey, madeKey(2).privateKey].map((key) => signatureObject(sif, objects(), { key }));
  const bytes = makeSif([...objects(), ...signatures]);
  return { bytes, signatures, clean: once(() => verify(bytes)) };
});

/** Signed SIFs: bytes changed after signing, envelopes of every shape, messages that the right key signed and that lie. */
export const signatureFamily: FuzzFamily = {
  name: 'signatures',
  share: 3,
  prepare(random) {
    const kind = random.below(10);
    if (kind < 3) return damaged(random);
    if (kind < 6) return wrongObjects(random);
    return kind < 8 ? wrongMessage(random) : wrongEnvelope(random);
  },
};

/** The digest of all that was verified: what a signature says is what was signed. */
async function verify(bytes: Uint8Array): Promise<string> {
  const source = memorySource(bytes, { budgetBytes: readBudget(bytes) });
  const sif = await openSif(source);
  const { groups } = await verifyOpenSif(source, sif, { keys: [publicKey] });
  const verified = new Set(groups.flatMap(({ objects: ids }) => ids));
  const told: string[] = [];
  for (const object of sif.objects) {
    if (!verified.has(object.id)) continue;
    told.push(object.type, object.name, sha256(await readSifObject(source, object)).text);
  }
  return sha256(Buffer.from(JSON.stringify(told))).text;
}

function caseOf(notes: readonly string[], bytes: Uint8Array, expected: FuzzCase['expected']): FuzzCase {
  return { seed: 'made', notes, expected, run: () => verify(bytes), clean: seed().clean };
}

function damaged(random: Random): FuzzCase {
  let { bytes }: { bytes: Buffer } = seed();
  const notes: string[] = [];
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const mutated = mutateBytes(bytes, random);
    bytes = mutated.bytes;
    notes.push(mutated.note);
  }
  return caseOf(notes, bytes, 'same or refused');
}

/** Objects that are others than those that were signed. */
function wrongObjects(random: Random): FuzzCase {
  const made = [...objects()];
  const at = random.below(made.length);
  const object = made[at];
  if (object === undefined) throw new Error('no object');
  const { bytes, note } = mutateBytes(Buffer.from(object.content), random);
  const [what, changed] = random.pick<readonly [string, readonly MadeObject[]]>([
    [note, [{ ...object, content: bytes }]],
    [note, [{ ...object, content: bytes }]],
    ['lost', []],
    ['doubled', [object, object]],
    ['renamed', [{ ...object, name: random.pick(['', 'x', 'rootfs', 'definition']) }]],
    ['of another type', [{ ...object, dataType: random.pick([0x4001, 0x4004, 0x4006, 0x4007, 0x400b]) }]],
    ['in another group', [{ ...object, group: random.pick([0xf000_0000, 0xf000_0002, 1]) }]],
    ['with another description', [{ ...object, extra: mutateBytes(Buffer.alloc(384), random).bytes.subarray(0, 384) }]],
  ]);
  made.splice(at, 1, ...changed);
  if (random.chance(10)) made.reverse();
  return caseOf([`object ${at}: ${what}`], makeSif([...made, ...seed().signatures]), 'same or refused');
}

/** Whoever has the key may sign what he likes: it must only be read soberly. */
function wrongMessage(random: Random): FuzzCase {
  const notes: string[] = [];
  const change = (message: SignedMessage): object => {
    // What was just made is JSON.
    const { value, note } = mutateJson(message as unknown as Json, random);
    notes.push(`message ${note}`);
    return typeof value === 'object' && value !== null ? value : [value];
  };
  return caseOf(notes, signedSif(objects(), { key: privateKey, change }), 'same or refused');
}

function wrongEnvelope(random: Random): FuzzCase {
  const text = seed().bytes.toString('latin1');
  // The envelope that the writer of the seed put there.
  const envelope = JSON.parse(/\{"payloadType".*?\}\]\}/.exec(text)?.[0] ?? '{}') as Json;
  const { value, note } = mutateJson(envelope, random);
  const content = random.chance(25) ? mutateJsonText(value, random) : Buffer.from(JSON.stringify(value));
  const bytes = makeSif([...objects(), signatureBytes(Buffer.from(content))]);
  return caseOf([`envelope ${note}`], bytes, 'same or refused');
}
