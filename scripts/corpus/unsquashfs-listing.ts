import { plainName } from './compare-members.ts';
import type { Member } from './members.ts';

const line =
  /^([-dlcbps][-rwxsStT]{9}) (\d+)\/(\d+) +(-?\d+, *-?\d+|\d+) (\d{4}-\d\d-\d\d \d\d:\d\d) squashfs-root(?:\/([^]*))?$/;

/** Name → what `unsquashfs -lln -UTC` says of it; the text is Latin-1. */
export function readListing(text: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  let pending = '';
  for (const piece of text.split('\n')) {
    // A name may hold a newline: what does not begin an entry goes on with the one before.
    if (/^[-dlcbps][-rwxsStT]{9} \d+\/\d+ /.test(piece)) {
      keep(entries, pending);
      pending = piece;
    } else if (pending !== '' && piece !== '') pending += `\n${piece}`;
  }
  keep(entries, pending);
  return entries;
}

function keep(entries: Map<string, string>, entry: string): void {
  const match = line.exec(entry);
  if (match === null) return;
  const [, mode = '', uid = '', gid = '', size = '', time = '', name = ''] = match;
  entries.set(name, `${mode} ${uid}/${gid} ${/^[-l]/.test(mode) ? size : ''} ${time}`);
}

/** What `unsquashfs` should say of a member: hard links look like files there, so this takes the file's facts. */
export function listedAs(member: Member): { readonly name: string; readonly entry: string } {
  const { uid, gid, size, mtime, kind, target } = member;
  const name = plainName(member.name);
  const shown = name === '.' ? '' : name;
  const time = new Date(mtime * 1000).toISOString().slice(0, 16).replace('T', ' ');
  const bytes = kind === 'file' ? String(size) : kind === 'symlink' ? String(target.length) : '';
  const entry = `${modeText(member)} ${uid}/${gid} ${bytes} ${time}`;
  return { name: kind === 'symlink' ? `${shown} -> ${target}` : shown, entry };
}

const letters: Readonly<Record<string, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  'character-device': 'c',
  'block-device': 'b',
  fifo: 'p',
};

function modeText({ kind, mode }: Member): string {
  const special = [0o4000, 0o2000, 0o1000];
  const triples = [6, 3, 0].map((shift, at) => {
    const bits = (mode >> shift) & 7;
    const set = (mode & (special[at] ?? 0)) !== 0;
    const letter = at === 2 ? 't' : 's';
    const last = set ? ((bits & 1) !== 0 ? letter : letter.toUpperCase()) : (bits & 1) !== 0 ? 'x' : '-';
    return `${(bits & 4) !== 0 ? 'r' : '-'}${(bits & 2) !== 0 ? 'w' : '-'}${last}`;
  });
  return `${letters[kind] ?? '?'}${triples.join('')}`;
}
