import { corrupt } from '../failure.ts';
import { asList, asObject, isObject, parseObject, type JsonPlace } from '../json.ts';
import { limits } from '../limits.ts';

/** A digest as signatures state it. */
export interface SignedDigest {
  /** As `node:crypto` calls it. */
  readonly algorithm: string;
  readonly hex: string;
}

/** What a signature says of one object. */
export interface SignedObject {
  /** Its id less the smallest id of its group. */
  readonly relativeId: number;
  readonly descriptor: SignedDigest;
  readonly content: SignedDigest;
}

/** The message that a signature of a group signs. Source: github.com/apptainer/sif, pkg/integrity. */
export interface SignedMetadata {
  readonly header: SignedDigest;
  readonly objects: readonly SignedObject[];
}

const algorithms: Readonly<Record<string, { readonly name: string; readonly digits: number }>> = {
  sha224: { name: 'sha224', digits: 56 },
  sha256: { name: 'sha256', digits: 64 },
  sha384: { name: 'sha384', digits: 96 },
  sha512: { name: 'sha512', digits: 128 },
  sha512_224: { name: 'sha512-224', digits: 56 },
  sha512_256: { name: 'sha512-256', digits: 64 },
};

/** The message in some bytes. @throws FairleadError `CORRUPT_IMAGE` naming the field */
export function parseSignedMetadata(bytes: Uint8Array, place: JsonPlace): SignedMetadata {
  const message = parseObject(bytes, place);
  if (message['version'] !== 1) throw corrupt({ ...place, why: 'only version 1 of signed metadata is known' });
  const objects = asList(message['objects'], place, { field: 'objects', max: limits.sifDescriptors });
  const parsed = objects.map((item) => parseObjectDigests(item, place));
  const ids = new Set(parsed.map(({ relativeId }) => relativeId));
  if (ids.size !== parsed.length) throw corrupt({ ...place, why: 'it names an object twice' });
  const header = asObject(message['header'], place, 'header');
  return { header: parseSignedDigest(header['digest'], place), objects: parsed };
}

function parseObjectDigests(item: unknown, place: JsonPlace): SignedObject {
  if (!isObject(item)) throw corrupt({ ...place, why: 'its objects hold something that is no object' });
  const relativeId = item['relativeId'];
  if (typeof relativeId !== 'number' || !Number.isSafeInteger(relativeId) || relativeId < 0) {
    throw corrupt({ ...place, why: 'its relativeId is no number of an object' });
  }
  const descriptor = parseSignedDigest(item['descriptorDigest'], place);
  return { relativeId, descriptor, content: parseSignedDigest(item['objectDigest'], place) };
}

function parseSignedDigest(text: unknown, place: JsonPlace): SignedDigest {
  const [, name = '', hex = ''] =
    (typeof text === 'string' ? /^([a-z0-9_]+):([0-9a-f]+)$/.exec(text) : undefined) ?? [];
  const algorithm = Object.hasOwn(algorithms, name) ? algorithms[name] : undefined;
  if (algorithm?.digits !== hex.length) throw corrupt({ ...place, why: 'a digest of an unknown form' });
  return { algorithm: algorithm.name, hex };
}
