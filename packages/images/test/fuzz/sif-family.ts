import { jsonObject, madeSif, partition, textObject, type MadeObject } from '../made/made-sif.ts';
import { unedited } from '../made/field-writer.ts';
import type { Json } from '../made/made-layout.ts';
import { convertFileSystem } from './convert-in-memory.ts';
import { everything, imageOf } from './file-system-seeds.ts';
import { once, type FuzzCase, type FuzzFamily } from './fuzz-family.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateFields, recording } from './mutate-fields.ts';
import { mutateJson, mutateJsonText } from './mutate-json.ts';
import type { Random } from './random.ts';

const ociConfig: Json = {
  Env: ['A=1', 'PATH=/bin'],
  Entrypoint: ['/bin/sh'],
  Cmd: ['-c', 'true'],
  ExposedPorts: { '80/tcp': {} },
  Volumes: { '/data': {} },
  Labels: { a: 'b' },
  WorkingDir: '/',
};
const metadata: Json = { data: { attributes: { runscript: '#!/bin/sh\n', labels: { c: 'd' } } } };

const rootFileSystem = once(() => partition(imageOf(everything, { packMetadata: true }, unedited)));

function objects(config: Json | Uint8Array = ociConfig, inspect: Json | Uint8Array = metadata): readonly MadeObject[] {
  return [
    textObject(0x4001, 'Bootstrap: scratch\n%runscript\ntrue\n', 'Def.FILE'),
    documentObject('inspect-metadata.json', inspect),
    documentObject('oci-config.json', config),
    rootFileSystem(),
  ];
}

function documentObject(name: string, value: Json | Uint8Array): MadeObject {
  return value instanceof Uint8Array ? { dataType: 0x4006, name, content: value } : jsonObject(name, value);
}

const seed = once(() => {
  const { edit, fields } = recording();
  const bytes = madeSif(objects(), { edit });
  return { fields, bytes, clean: once(() => convertFileSystem(bytes)) };
});

/** Fields that say nothing about where the file system is. */
const idle =
  /^(?:header (?:uuid \w+|created|modified|free|table size|data offset|data size)|descriptor \d+ (?:padded size|created|modified|uid|gid|link))$/;

/** Headers and descriptors with wrong values, objects lost, doubled and swapped, and documents of every shape. */
export const sifFamily: FuzzFamily = {
  name: 'sif',
  share: 12,
  prepare(random) {
    const kind = random.below(4);
    if (kind === 0) return wrongDocument(random);
    if (kind === 1) return wrongObjects(random);
    return kind === 2 ? wrongFields(random) : damaged(random);
  },
};

function caseOf(notes: readonly string[], bytes: Uint8Array, expected: FuzzCase['expected'] = 'any'): FuzzCase {
  return { seed: 'made', notes, expected, run: () => convertFileSystem(bytes), clean: seed().clean };
}

function wrongFields(random: Random): FuzzCase {
  const { edit, note } = mutateFields(seed().fields, random);
  const harmless = note.split(', ').every((part) => idle.test(part.split(' = ')[0] ?? ''));
  return caseOf([note], madeSif(objects(), { edit }), harmless ? 'same' : 'any');
}

function wrongDocument(random: Random): FuzzCase {
  const second = random.chance(40);
  const clean = second ? metadata : ociConfig;
  const { value, note } = mutateJson(clean, random);
  const written = random.chance(25) ? mutateJsonText(value, random) : value;
  const made = second ? objects(ociConfig, written) : objects(written, metadata);
  return caseOf([`${second ? 'inspect-metadata.json' : 'oci-config.json'} ${note}`], madeSif(made));
}

function wrongObjects(random: Random): FuzzCase {
  const made = [...objects()];
  const [from, to] = [random.below(made.length), random.below(made.length)];
  const object = made[from];
  if (object === undefined) throw new Error('no object');
  const kind = random.below(4);
  if (kind === 0) made.splice(from, 1);
  else if (kind === 1) made.splice(to, 0, object);
  else if (kind === 2) made[from] = { ...object, content: mutateBytes(object.content, random).bytes };
  else made[from] = { ...object, name: random.pick(['', 'x'.repeat(128), '\u00e9'.repeat(64), 'oci-config.json']) };
  return caseOf([`object ${from}: ${['lost', 'doubled', 'damaged', 'renamed'][kind] ?? ''}`], madeSif(made));
}

function damaged(random: Random): FuzzCase {
  const { bytes, note } = mutateBytes(seed().bytes, random);
  return caseOf([note], bytes);
}
