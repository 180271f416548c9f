import type { Member } from './members.ts';

/** How many differences are told. */
const told = 5;

/**
 * What differs between two lists of members; empty if they say the same. The order does not count, nor under which of
 * its names a file with hard links comes first, as long as every link comes after its file.
 */
export function compareMembers(ours: readonly Member[], theirs: readonly Member[]): readonly string[] {
  const [have, want] = [byName(ours), byName(theirs)];
  const differences = [
    ...have.complaints.map((each) => `ours: ${each}`),
    ...want.complaints.map((each) => `theirs: ${each}`),
  ];
  for (const [name, text] of want.members) {
    const own = have.members.get(name);
    if (own === undefined) differences.push(`${JSON.stringify(name)} is missing`);
    else if (own !== text) differences.push(`${JSON.stringify(name)}: ${own} is not ${text}`);
  }
  for (const name of have.members.keys())
    if (!want.members.has(name)) differences.push(`${JSON.stringify(name)} is too much`);
  const more = differences.length - told;
  return more > 0 ? [...differences.slice(0, told), `and ${more} more differences`] : differences;
}

interface Named {
  /** Name → everything about it in one text. */
  readonly members: ReadonlyMap<string, string>;
  readonly complaints: readonly string[];
}

function byName(list: readonly Member[]): Named {
  const complaints: string[] = [];
  const plain = new Map<string, Member>();
  /** Name → the file that it is another name of. */
  const originals = new Map<string, string>();
  const groups = new Map<string, string>();
  for (const member of list) {
    const name = plainName(member.name);
    if (plain.has(name) || originals.has(name)) complaints.push(`${JSON.stringify(name)} is there twice`);
    if (member.kind !== 'link') {
      plain.set(name, member);
      groups.set(name, name);
      continue;
    }
    const original = plainName(member.target);
    if (!plain.has(original)) complaints.push(`${JSON.stringify(name)} is a link to what has not come before`);
    originals.set(name, original);
    groups.set(original, smaller(groups.get(original) ?? original, name));
  }
  const members = new Map<string, string>();
  for (const [name, member] of plain) members.set(name, textOf(member, groups.get(name) ?? name));
  for (const [name, original] of originals) members.set(name, members.get(original) ?? 'a link to nothing');
  return { members, complaints };
}

function textOf({ name: _name, ...facts }: Member, group: string): string {
  return JSON.stringify({ ...facts, group });
}

/** The name without what tells a folder or the root apart. */
export function plainName(name: string): string {
  return name.replace(/^\.\//, '').replace(/\/$/, '');
}

function smaller(a: string, b: string): string {
  return a < b ? a : b;
}
