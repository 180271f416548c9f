import { readSifObject, type Sif } from '../sif/open-sif.ts';
import type { SifHeader } from '../sif/sif-header.ts';
import type { SifObject } from '../sif/sif-object.ts';
import { signatureKind, type SignatureKind } from '../sif/signature-envelope.ts';
import type { Source } from '../source.ts';
import { limits } from '../limits.ts';

/** What a SIF holds. */
export interface SifInspection {
  readonly header: SifHeader;
  readonly objects: readonly SifObject[];
  /** Id of the partition that runs; undefined if there is none. */
  readonly primary: number | undefined;
  /** Present only: whether they hold, `verifySif` tells. */
  readonly signatures: readonly SifSignatureInspection[];
  /** The definition file that the image was built from. */
  readonly definition: string | undefined;
}

/** A signature that is present. */
export interface SifSignatureInspection {
  /** Its own id. */
  readonly object: number;
  readonly signs: { readonly to: 'object' | 'group'; readonly id: number } | undefined;
  readonly kind: SignatureKind;
  /** Of the PGP key, if it says one. */
  readonly fingerprint: string | undefined;
}

/** Reads descriptors, signatures and definition, none of the partitions. @throws FairleadError `CORRUPT_IMAGE` */
export async function inspectSif(source: Source, { header, objects, primary }: Sif): Promise<SifInspection> {
  const signatures: SifSignatureInspection[] = [];
  for (const object of objects) {
    if (object.type !== 'signature') continue;
    const kind = object.size > limits.jsonBytes ? 'unknown' : signatureKind(await readSifObject(source, object));
    signatures.push({ object: object.id, signs: object.link, kind, fingerprint: object.fingerprint });
  }
  const written = objects.find(({ type }) => type === 'definition-file');
  const definition = written && Buffer.from(await readSifObject(source, written)).toString('utf8');
  return { header, objects, primary: primary?.id, signatures, definition };
}
