import { command } from '../command.ts';

const publicMirror = 'http://deb.debian.org/debian';

/** Returns where Debian's packages may be had, best first: the mirrors that the host's apt uses, then Debian's own. */
export async function debianMirrors(): Promise<readonly string[]> {
  const uris = await command(['apt-get', 'update', '--print-uris']).catch(() => '');
  return [...new Set([...mirrorsIn(uris), publicMirror])];
}

/**
 * Finds candidates in what `apt-get update --print-uris` prints: whatever has the component main of a suite of
 * Debian's. Others use those names too, so that the signature must decide; a path that ends in /debian goes first.
 */
export function mirrorsIn(uris: string): readonly string[] {
  const found = uris.matchAll(/^'(.+?)\/+dists\/(?:[a-z]+)\/main\/binary-/gm);
  const mirrors = [...new Set([...found].map(([, mirror = '']) => mirror))];
  return mirrors.toSorted((one, other) => Number(other.endsWith('/debian')) - Number(one.endsWith('/debian')));
}
