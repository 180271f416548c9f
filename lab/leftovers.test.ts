import { expect, it } from 'vitest';

import { isEnginesOwn, isOneThingsFolder, mountPointsIn } from './leftovers.ts';

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

it('tells folders that belong to one container or call, also empty ones, and no folder that is kept', () => {
  const id = '0123456789abcdef0123456789abcdef';
  const left = [
    `/tmp/fairlead-${id}`,
    `/tmp/fairlead-${id}/overlay/.new-1`,
    `/state/fairlead/host/volumes/v-${id}`,
    `/state/fairlead/host/mounts/${id}`,
  ];
  expect(left.filter(isOneThingsFolder)).toEqual(left);
  expect(
    ['/state/fairlead', `/state/fairlead/${id}`, `/state/fairlead/${id}/volumes`].filter(isOneThingsFolder),
  ).toEqual([]);
});
