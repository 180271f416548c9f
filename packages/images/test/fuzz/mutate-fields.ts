import type { Edit } from '../made/field-writer.ts';
import type { Random } from './random.ts';

/** The fields of a file that was made, in the order in which they were written. */
export type Fields = ReadonlyMap<string, bigint>;

/** Notes the fields of everything that is made with it. */
export function recording(): { readonly edit: Edit; readonly fields: Map<string, bigint> } {
  const fields = new Map<string, bigint>();
  const edit: Edit = (field, value) => {
    fields.set(field, value);
    return value;
  };
  return { edit, fields };
}

const edges: readonly bigint[] = [
  0n,
  1n,
  2n,
  0x7fn,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x2000n,
  0x2001n,
  0x100_0000n,
  0x100_1000n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_fffen,
  0xffff_ffffn,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

function changed(value: bigint, fields: Fields, random: Random): bigint {
  const kind = random.below(5);
  if (kind === 0) return random.pick(edges);
  if (kind === 1) return value + BigInt(random.pick([-1, 1, -3, 3, 8, -8, 96, 512, 4096, -4096]));
  if (kind === 2) return value ^ (1n << BigInt(random.below(33)));
  if (kind === 3) return random.pick([...fields.values()]);
  return BigInt(random.next());
}

/** One to three fields with wrong values: numbers at the edges, near the right one, or another field's. */
export function mutateFields(fields: Fields, random: Random): { readonly edit: Edit; readonly note: string } {
  const names = [...fields.keys()];
  const values = new Map<string, bigint>();
  for (let left = 1 + random.below(random.chance(70) ? 1 : 3); left > 0; left -= 1) {
    const name = random.pick(names);
    values.set(name, changed(fields.get(name) ?? 0n, fields, random));
  }
  const note = [...values].map(([name, value]) => `${name} = ${value}`).join(', ');
  return { edit: (field, value) => values.get(field) ?? value, note };
}
