import { plainName } from './compare-members.ts';
import type { Member } from './members.ts';

/** Whether a name, or a folder that it lies in, is one of those that are left out. */
export function isLeftOut(name: string, leftOut: readonly string[]): boolean {
  return leftOut.some((each) => name === each || name.startsWith(`${each}/`));
}

/** What has to be kept: of a file that is left out under one of its names, the first other name is the file. */
export function keptMembers(members: readonly Member[], leftOut: readonly string[]): readonly Member[] {
  /** Name of a file that is left out → the member that stands for it. */
  const successors = new Map<string, Member>();
  for (const member of members) {
    if (member.kind !== 'link' && isLeftOut(plainName(member.name), leftOut)) {
      successors.set(plainName(member.name), member);
    }
  }
  return members.flatMap((member) => {
    if (isLeftOut(plainName(member.name), leftOut)) return [];
    const successor = member.kind === 'link' ? successors.get(plainName(member.target)) : undefined;
    if (successor === undefined) return [member];
    if (!isLeftOut(plainName(successor.name), leftOut)) return [{ ...member, target: successor.name }];
    const promoted = { ...successor, name: member.name };
    successors.set(plainName(member.target), promoted);
    return [promoted];
  });
}
