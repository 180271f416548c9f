import { expect, it } from 'vitest';

import { describeTargets } from './describe-targets.ts';
import { labPaths } from './paths.ts';

const paths = labPaths({ FAIRLEAD_LAB_DIR: `/${'x'.repeat(63)}` });
const versions = { docker: '28.5.2', podman: '5.8.6', apptainer: '1.4.5' };
const endpoints = describeTargets(paths, [
  { suite: 'sid', folder: '/sid', versions },
  { suite: 'bookworm', folder: '/bookworm', versions: { docker: '20.10.24', podman: '4.3.1' } },
]);

it('has each engine of each suite, rootful and rootless, through socket and program', () => {
  expect(endpoints.map(({ name, version, uid }) => `${name} ${version} ${uid}`)).toEqual([
    'docker 28.5.2 0',
    'docker-20.10 20.10.24 0',
    'podman 5.8.6 0',
    'podman-4.3 4.3.1 0',
    'podman-rootless 5.8.6 31415',
    'podman-cli 5.8.6 0',
    'podman-cli-4.3 4.3.1 0',
    'podman-cli-rootless 5.8.6 31415',
    'apptainer 1.4.5 31415',
    'apptainer-root 1.4.5 0',
  ]);
});

it('leaves out what a suite does not have', () => {
  const some = describeTargets(paths, [{ suite: 'sid', folder: '/sid', versions: { podman: '5.8.6' } }]);
  expect(some.map(({ name }) => name)).toEqual(['podman', 'podman-rootless', 'podman-cli', 'podman-cli-rootless']);
});

it('tells a process of exactly one engine: by PATH, or by the variable that names its socket', () => {
  for (const { env, name, through } of endpoints) {
    const folders = (env['PATH'] ?? '').split(':');
    const sockets = ['DOCKER_HOST', 'CONTAINER_HOST'].filter((variable) => variable in env);
    expect(folders).not.toContain('/usr/bin');
    expect(folders.filter((folder) => folder.endsWith(`/bin/${name}`))).toHaveLength(through === 'program' ? 1 : 0);
    expect(sockets).toHaveLength(through === 'socket' ? 1 : 0);
  }
});

it('keeps the paths of sockets below 100 bytes', () => {
  const sockets = endpoints.flatMap(({ options }) => ('socketPath' in options ? [options.socketPath] : []));
  expect(sockets).toHaveLength(5);
  for (const path of sockets) expect(Buffer.byteLength(path)).toBeLessThan(100);
});

it('gives every target folders of its own, and the doors of one store one socket', () => {
  for (const variable of ['FAIRLEAD_WORK_DIR', 'TMPDIR', 'XDG_STATE_HOME'])
    expect(new Set(endpoints.map(({ env }) => env[variable])).size).toBe(endpoints.length);
  const stores = endpoints.filter(({ engine }) => engine === 'podman').map(({ store }) => store);
  expect(new Set(stores).size).toBe(3);
});
