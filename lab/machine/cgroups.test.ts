import { expect, it } from 'vitest';

import { hierarchiesIn } from './cgroups.ts';

it('finds each hierarchy of a host with both versions once', () => {
  const text = `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct
33 31 0:29 / /elsewhere rw - cgroup cgroup rw,cpu,cpuacct
40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
`;
  const found = hierarchiesIn(text);
  expect(found.map(({ version }) => version)).toEqual([1, 1, 2]);
  expect(found[2]?.mountPoint).toBe('/sys/fs/cgroup/unified');
});

it('finds the one hierarchy of a host with cgroup v2', () => {
  const text = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';
  expect(hierarchiesIn(text)).toEqual([{ mountPoint: '/sys/fs/cgroup', version: 2 }]);
});
