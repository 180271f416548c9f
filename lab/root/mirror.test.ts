import { expect, it } from 'vitest';

import { mirrorsIn } from './mirror.ts';

it("prefers the host's Debian mirror to other repositories that use Debian's names", () => {
  const uris = `'https://packages.example/prod/dists/bookworm/main/binary-amd64/Packages.xz' x 0
'https://download.example/linux/debian/dists/bookworm/stable/binary-amd64/Packages.xz' x 0
'http://mirror.example/debian/dists/bookworm/InRelease' x 0
'http://mirror.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' x 0
'http://mirror.example/debian/dists/bookworm-updates/main/binary-amd64/Packages.xz' x 0
'http://mirror.example/debian-security/dists/bookworm-security/main/binary-amd64/Packages.xz' x 0
`;
  expect(mirrorsIn(uris)).toEqual(['http://mirror.example/debian', 'https://packages.example/prod']);
});

it('finds none where apt prints nothing', () => {
  expect(mirrorsIn('')).toEqual([]);
});
