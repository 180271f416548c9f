import type { Random } from './random.ts';

/** Changed bytes, and what was done to them. */
export interface Mutated {
  readonly bytes: Buffer;
  readonly note: string;
}

type Mutation = (bytes: Buffer, random: Random) => Mutated;

function flip(bytes: Buffer, random: Random): Mutated {
  const at = random.below(bytes.length);
  const bit = random.below(8);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  return { bytes, note: `flips bit ${bit} of byte ${at}` };
}

function set(bytes: Buffer, random: Random): Mutated {
  const at = random.below(bytes.length);
  const value = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
  bytes[at] = value;
  return { bytes, note: `sets byte ${at} to ${value}` };
}

function fill(bytes: Buffer, random: Random): Mutated {
  const at = random.below(bytes.length);
  const count = 1 + random.below(Math.min(64, bytes.length - at));
  const value = random.pick([0, 0xff, 0x41]);
  bytes.fill(value, at, at + count);
  return { bytes, note: `fills ${count} bytes at ${at} with ${value}` };
}

function truncate(bytes: Buffer, random: Random): Mutated {
  const size = random.below(bytes.length);
  return { bytes: bytes.subarray(0, size), note: `truncates to ${size}` };
}

function remove(bytes: Buffer, random: Random): Mutated {
  const at = random.below(bytes.length);
  const count = 1 + random.below(Math.min(600, bytes.length - at));
  const rest = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)]);
  return { bytes: rest, note: `removes ${count} bytes at ${at}` };
}

function duplicate(bytes: Buffer, random: Random): Mutated {
  const at = random.below(bytes.length);
  const count = 1 + random.below(Math.min(600, bytes.length - at));
  const twice = Buffer.concat([bytes.subarray(0, at + count), bytes.subarray(at)]);
  return { bytes: twice, note: `doubles ${count} bytes at ${at}` };
}

function splice(bytes: Buffer, random: Random): Mutated {
  const from = random.below(bytes.length);
  const to = random.below(bytes.length);
  const count = 1 + random.below(Math.min(600, bytes.length - Math.max(from, to)));
  bytes.copyWithin(to, from, from + count);
  return { bytes, note: `copies ${count} bytes from ${from} to ${to}` };
}

function append(bytes: Buffer, random: Random): Mutated {
  const count = 1 + random.below(600);
  const junk = Buffer.from(Array.from({ length: count }, () => random.below(256)));
  return { bytes: Buffer.concat([bytes, junk]), note: `appends ${count} bytes` };
}

const mutations: readonly Mutation[] = [flip, flip, flip, set, set, fill, truncate, remove, duplicate, splice, append];

/** One change that knows nothing of the format; the bytes given are not touched. */
export function mutateBytes(bytes: Uint8Array, random: Random): Mutated {
  if (bytes.length === 0) return append(Buffer.alloc(0), random);
  return random.pick(mutations)(Buffer.from(bytes), random);
}
