import { expect, it } from 'vitest';

import { isEnginesOwn, mountPointsIn } from './leftovers.ts';

it('reads mount points from mountinfo', () => {
  const text = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
40 31 0:37 /x /a\\040b rw shared:3 - ext4 /dev/vda rw
`;
  expect(mountPointsIn(text)).toEqual(['/sys/fs/cgroup', '/a\\040b']);
});

it('knows the folders that engines pin network namespaces in, and tells a namespace left in one', () => {
  expect(['/run/netns', '/run/user/31415/netns'].filter(isEnginesOwn)).toHaveLength(2);
  expect(['/run/user/31415/netns/netns-1', '/run/netns/netns-1', '/run/user/x/netns'].filter(isEnginesOwn)).toEqual([]);
});
