import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

import { describeTargets } from '../describe-targets.ts';
import { labPaths } from '../paths.ts';
import { enterText } from './enter.ts';

const paths = { ...labPaths({ FAIRLEAD_LAB_DIR: "/l's lab" }), checkout: '/check out' };
const machine = { suite: 'sid', pid: 42, cgroups: ['/c/a', '/c/b'] } as const;
const endpoints = describeTargets(paths, [{ suite: 'sid', folder: '/sid', versions: { podman: '5.8.6' } }]);
const text = enterText(paths, [machine], endpoints);

function choose(target: string, then: string): string {
  return execFileSync('/bin/sh', ['-c', `${text}\nchoose "$1" || exit 3\n${then}`, 'sh', target]).toString();
}

it("chooses a target's machine and user", () => {
  expect(choose('podman-rootless', 'echo "$pid $name $cgroups $identity"')).toBe(
    `42 fairlead-lab-${paths.id}-sid /c/a /c/b --reuid 31415 --regid 31415 --init-groups\n`,
  );
});

it("gives a target's environment as words, whatever is in them", () => {
  const words = choose('podman', 'eval "set -- $settings"; for word; do printf "%s\\n" "$word"; done')
    .trim()
    .split('\n');
  const env = endpoints.find(({ name }) => name === 'podman')?.env ?? {};
  expect(words).toEqual(Object.entries(env).map(([name, value]) => `${name}=${value}`));
});

it('knows the machine itself, as root', () => {
  expect(choose('@sid', 'echo "$identity"')).toBe('--reuid 0 --regid 0 --clear-groups\n');
});

it('refuses a target that there is not', () => {
  expect(() => choose('docker', ':')).toThrow(expect.objectContaining({ status: 3 }));
});
