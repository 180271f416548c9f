import { FairleadError, type Call, type FileImageRef } from '@fairlead/core';
import { deadline } from '../deadline.ts';
import { corrupt, quote } from '../failure.ts';
import { openSource, type ImageInput, type Source } from '../source.ts';
import { openSif, readSifObject, type Sif } from './open-sif.ts';
import { sifDigests, type SifDigests } from './sif-digests.ts';
import type { SifObject, SifSignature } from './sif-object.ts';
import { parseEnvelope, signatureKind, signers, type SignatureKind } from './signature-envelope.ts';
import { parseSignedMetadata } from './signed-metadata.ts';
import { signingKeys, type SifKey, type SigningKey } from './signing-key.ts';

/** Whose signatures are trusted. */
export interface SifVerification {
  /** One of them must have signed every group of objects. */
  readonly keys: readonly SifKey[];
  /**
   * What managers do with an image in a form that holds no such signature: an OCI layout, an OCI archive or a
   * docker-archive, perhaps in the place of a SIF. A bare squashfs, an ext3 image and a sandbox are refused always: they
   * are what a SIF holds. Default `refuse`; `run` runs it unsigned.
   */
  readonly otherFormats?: 'refuse' | 'run' | undefined;
}

/** What was verified; nothing of the file lies outside these groups but signatures. */
export interface VerifiedSif {
  readonly groups: readonly VerifiedGroup[];
}

/** A group of objects, signed as a whole. */
export interface VerifiedGroup {
  readonly id: number;
  /** Ids of its objects: each one's descriptor and content are as they were signed. */
  readonly objects: readonly number[];
  /** The signatures that count, with the fingerprints of the given keys that made them. */
  readonly signatures: readonly { readonly object: number; readonly keys: readonly string[] }[];
  /** Signatures that nobody checked: of keys that were not given, or in PGP. */
  readonly unchecked: readonly { readonly object: number; readonly kind: SignatureKind }[];
}

/**
 * Verifies the DSSE signatures of a SIF, as `apptainer sign --key` makes them: every object but signatures lies in a
 * group, each group is signed by one of the keys, and header, descriptors and contents are what was signed. Signatures
 * by other keys are left alone. Reads the whole file once; writes nothing.
 * @throws FairleadError `POLICY_DENIED` where something is not signed, or by none of the keys, or with PGP;
 * `CORRUPT_IMAGE` naming the object that is not as it was signed; `INVALID_SPEC` for keys that are none
 */
export async function verifySif(input: ImageInput, options: SifVerification & Call): Promise<VerifiedSif> {
  using limit = deadline(options, 'verify');
  await using source = await openSource(input, { signal: limit.signal });
  return await verifyOpenSif(source, await openSif(source), options);
}

/** The same for a file that is open, so that what is verified is what is read afterwards. */
export async function verifyOpenSif(source: Source, sif: Sif, { keys }: SifVerification): Promise<VerifiedSif> {
  const trusted = signingKeys(keys);
  const groups = new Map<number, SifObject[]>();
  for (const object of sif.objects) {
    if (object.group !== undefined) groups.set(object.group, [...(groups.get(object.group) ?? []), object]);
    else if (object.type !== 'signature') throw denied(source, `object ${object.id} is in no group: nothing signs it`);
  }
  if (groups.size === 0) throw denied(source, 'it holds nothing that could be signed');
  const digests = sifDigests(source, sif);
  const verified: VerifiedGroup[] = [];
  for (const [id, objects] of groups) {
    verified.push(await verifyGroup({ source, sif, digests, keys: trusted, id, objects }));
  }
  return { groups: verified };
}

const notOfSif = 'only a SIF holds signatures, and this is none';

/** The error of a file that cannot hold signatures. */
export function unsigned(path: string): FairleadError {
  return denied({ path }, notOfSif);
}

/** The same for one in a form that can be allowed. */
export function unsignedFormat({ path, format }: FileImageRef): FairleadError {
  const hint = "Give a signed SIF, or have layouts and archives run unsigned: verify: { keys, otherFormats: 'run' }.";
  return denied({ path }, `${notOfSif}: its format is ${format}`, { format }, hint);
}

interface Group {
  readonly source: Source;
  readonly sif: Sif;
  readonly digests: SifDigests;
  readonly keys: readonly SigningKey[];
  readonly id: number;
  readonly objects: readonly SifObject[];
}

async function verifyGroup(group: Group): Promise<VerifiedGroup> {
  const { source, sif, keys, id, objects } = group;
  const signatures: { readonly object: number; readonly keys: readonly string[] }[] = [];
  const unchecked: { readonly object: number; readonly kind: SignatureKind }[] = [];
  for (const signature of sif.objects) {
    if (signature.type !== 'signature' || !concerns(signature, group)) continue;
    const bytes = await readSifObject(source, signature);
    const envelope = signature.link?.to === 'group' ? parseEnvelope(bytes) : undefined;
    const found = envelope === undefined ? [] : signers(envelope, keys, hashOf(signature));
    if (envelope === undefined || found.length === 0) {
      unchecked.push({ object: signature.id, kind: signatureKind(bytes) });
      continue;
    }
    await checkContent(group, signature, envelope.payload);
    signatures.push({ object: signature.id, keys: found.map(({ fingerprint }) => fingerprint) });
  }
  if (signatures.length === 0) throw notSigned(source, id, unchecked);
  return { id, objects: objects.map((object) => object.id), signatures, unchecked };
}

/** Signatures of a group count; those of single objects, as they were made before 2020, are told only. */
function concerns({ link }: SifSignature, { id, objects }: Group): boolean {
  if (link?.to === 'group') return link.id === id;
  return objects.some((object) => object.id === link?.id);
}

/** Signatures of ECDSA and RSA are made of this; the descriptor is not signed, but it can only choose a good hash. */
function hashOf({ hash }: SifSignature): 'sha256' | 'sha384' | 'sha512' {
  return hash === 'sha384' || hash === 'sha512' ? hash : 'sha256';
}

async function checkContent(
  { source, digests, id, objects }: Group,
  { id: by }: SifSignature,
  payload: Buffer,
): Promise<void> {
  const { path } = source;
  const metadata = parseSignedMetadata(payload, { path, where: `signature ${by}` });
  const signed = new Map(metadata.objects.map((object) => [object.relativeId, object]));
  const smallest = Math.min(...objects.map((object) => object.id));
  if ((await digests.header(metadata.header.algorithm)) !== metadata.header.hex) {
    throw changed(source, 'global header', by, { object: undefined });
  }
  for (const object of objects) {
    const expected = signed.get(object.id - smallest);
    if (expected === undefined) throw denied(source, `object ${object.id} of group ${id} is not signed`);
    signed.delete(object.id - smallest);
    const descriptor = await digests.descriptor(object, object.id - smallest, expected.descriptor.algorithm);
    if (descriptor !== expected.descriptor.hex)
      throw changed(source, `descriptor of object ${object.id}`, by, { object: object.id });
    const content = await digests.content(object, expected.content.algorithm);
    if (content !== expected.content.hex) throw changed(source, `object ${object.id}`, by, { object: object.id });
  }
  const [missing] = signed.keys();
  if (missing === undefined) return;
  const where = `object ${smallest + missing}`;
  throw corrupt({ path, where, why: `signature ${by} covers it, but it is missing`, details: { signature: by } });
}

function changed(
  source: Source,
  where: string,
  signature: number,
  details: { readonly object: number | undefined },
): Error {
  const why = `it is not what signature ${signature} signed`;
  return corrupt({ path: source.path, where, why, details: { ...details, signature } });
}

const reasons: Readonly<Record<SignatureKind, string>> = {
  dsse: 'signed by none of the given keys',
  pgp: 'signed with PGP, which is not checked here',
  'legacy-pgp': 'signed with PGP in its form before 2020, which is not checked here',
  unknown: 'signed in an unknown form',
};

function notSigned(source: Source, group: number, unchecked: VerifiedGroup['unchecked']): FairleadError {
  const kinds = new Set(unchecked.map(({ kind }) => kind));
  const why =
    kinds.size === 0
      ? 'not signed'
      : [...kinds]
          .toSorted()
          .map((kind) => reasons[kind])
          .join(', and ');
  return denied(source, `group ${group} is ${why}`, { group, signatures: unchecked });
}

function denied(
  { path }: Pick<Source, 'path'>,
  why: string,
  details: Readonly<Record<string, unknown>> = {},
  hint: string = 'Sign it with a key of the kind that is checked here: apptainer sign --key KEY.pem FILE.',
): FairleadError {
  return new FairleadError({
    code: 'POLICY_DENIED',
    message: `${quote(path)} is not signed as is asked for: ${why}`,
    hint,
    details: { path, ...details },
  });
}
