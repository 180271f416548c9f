import { archiveFamilies } from './archive-families.ts';
import { refusalOf } from './allowed-refusal.ts';
import { decoderFamily } from './decoder-family.ts';
import type { FuzzFamily } from './fuzz-family.ts';
import { layoutFamily } from './layout-family.ts';
import { ociSifFamily } from './oci-sif-family.ts';
import { Random } from './random.ts';
import { sifFamily } from './sif-family.ts';
import { signatureFamily } from './signature-family.ts';
import { squashfsFamily } from './squashfs-family.ts';
import { tarFamily } from './tar-family.ts';
import { treeFamily } from './tree-family.ts';

/** Every reader of images. */
export const families: readonly FuzzFamily[] = [
  squashfsFamily,
  sifFamily,
  ...archiveFamilies,
  layoutFamily,
  tarFamily,
  decoderFamily,
  treeFamily,
  ociSifFamily,
  signatureFamily,
];

/** What one case came to. */
export interface FuzzResult {
  readonly family: string;
  readonly seed: string;
  readonly notes: readonly string[];
  /** `same` and `different` output, or the code of a refusal. */
  readonly outcome: string;
  /** Why this is a fault of the readers; undefined if it is none. */
  readonly fault: string | undefined;
}

/** The family of a case: every hundred cases are dealt out by the families' shares. */
export function familyOf(number: number): FuzzFamily {
  let place = number % 100;
  for (const family of families) {
    if (place < family.share) return family;
    place -= family.share;
  }
  throw new Error('the shares of all families are less than a hundred');
}

/** Runs one case, which is the same on every machine. */
export async function runFuzzCase(seed: number, number: number): Promise<FuzzResult> {
  const family = familyOf(number);
  const prepared = family.prepare(Random.ofCase(seed, number));
  const told = { family: family.name, seed: prepared.seed, notes: prepared.notes };
  const clean = await prepared.clean();
  const { expected } = prepared;
  try {
    const outcome = (await prepared.run()) === clean ? 'same' : 'different';
    const wrong = outcome === 'different' && expected !== 'any';
    return { ...told, outcome, fault: wrong ? `the output differs, but should be ${expected}` : undefined };
  } catch (error) {
    return { ...told, ...refused(error, expected) };
  }
}

function refused(error: unknown, expected: string): Pick<FuzzResult, 'outcome' | 'fault'> {
  try {
    const outcome = refusalOf(error);
    const told = error instanceof Error ? error.message : '';
    return { outcome, fault: expected === 'same' ? `refused what is harmless: ${told}` : undefined };
  } catch {
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { outcome: 'crash', fault };
  }
}
