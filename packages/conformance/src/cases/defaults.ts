import assert from 'node:assert/strict';
import { mkdir, writeFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case } from '../case.ts';
import { textOf } from '../expectations.ts';
import { gather } from '../gather.ts';
import { factsOf } from '../workload/steps.ts';

export const defaultCases: readonly Case[] = [
  {
    id: 'defaults/environment',
    title:
      'nothing of this host’s environment reaches a container: only the image’s, the spec’s and what the probe tells',
    requirements: ['V1', 'F61', 'C115', 'C164'],
    uses: [],
    mutants: ['host-environment-leaks'],
    async run({ finish, manager }) {
      process.env['CONFORMANCE_HOST_SECRET'] = 'leaked';
      const { stdout } = await finish([{ do: 'environment', as: 'environment' }]);
      const probe = await manager.probe();
      assert.ok(probe.usable);
      const names = textOf(factsOf(stdout), 'environment')
        .split('\0')
        .map((entry) => entry.split('=')[0] ?? '');
      const expected = new Set(['', 'PATH', 'HOME', 'HOSTNAME', ...probe.addedEnvironment]);
      assert.deepEqual(
        names.filter((name) => !expected.has(name)),
        [],
      );
    },
  },
  {
    id: 'defaults/folder',
    title: 'without workdir, in the image or the spec, the workload starts in /',
    requirements: ['C117', 'C165'],
    uses: [],
    mutants: ['default-folder-is-tmp'],
    async run({ finish }) {
      const { stdout } = await finish([{ do: 'folder', as: 'folder' }]);
      assert.equal(textOf(factsOf(stdout), 'folder'), '/');
    },
  },
  {
    id: 'defaults/user',
    title: 'without user, inspect tells as whom the workload runs',
    requirements: ['B16', 'C175'],
    uses: [],
    tags: ['version'],
    mutants: ['default-users-are-not-told'],
    async run({ run, manager }) {
      const container = await run([{ do: 'user', as: 'user' }]);
      await container.wait();
      const lines = await gather(container.logs());
      const { user = '' } = await manager.inspect(container.id);
      const facts = factsOf(lines.map(({ text }) => `${text}\n`).join(''));
      const [uid] = textOf(facts, 'user').split(':');
      assert.equal(user.split(':')[0], uid);
    },
  },
  {
    id: 'defaults/files-of-the-host',
    title: 'home and /tmp of this host are not in the container',
    requirements: ['V6', 'C163', 'C168'],
    uses: [],
    mutants: ['home-is-mounted'],
    async run({ finish, name }) {
      const mark = name('host-mark');
      const places = [join('/tmp', mark), join(homedir(), mark), join(tmpdir(), mark)];
      await Promise.all([mkdir(homedir(), { recursive: true }), mkdir('/tmp', { recursive: true })]);
      try {
        const written = await Promise.all(places.map(canWrite));
        assert.ok(written.includes(true), 'this user can write to one of them');
        const { stdout } = await finish(
          places.map((path, index) => ({ do: 'read', path, as: `place-${index}` }) as const),
        );
        for (const index of places.keys())
          assert.ok(factsOf(stdout)[`place-${index}`]?.error !== undefined, `${places[index]} is in the container`);
      } finally {
        for (const place of places) await rm(place, { force: true });
      }
    },
  },
  {
    id: 'defaults/hostname',
    title: 'the hostname is the container’s name',
    requirements: ['C177', 'C94'],
    uses: [],
    mutants: ['hostname-of-the-host'],
    async run({ run }) {
      const container = await run([{ do: 'hostname', as: 'hostname' }]);
      await container.wait();
      let stdout = '';
      for await (const { text } of container.logs()) stdout += `${text}\n`;
      assert.equal(textOf(factsOf(stdout), 'hostname'), container.name);
    },
  },
  {
    id: 'defaults/umask',
    title: 'the umask is 022',
    requirements: ['C176'],
    uses: [],
    mutants: ['umask-of-the-caller'],
    async run({ finish }) {
      const { stdout } = await finish([{ do: 'umask', as: 'umask' }]);
      assert.match(textOf(factsOf(stdout), 'umask'), /^0*22$/);
    },
  },
  {
    id: 'defaults/processes',
    title: 'processes of this host cannot be seen',
    requirements: ['C181'],
    uses: [],
    mutants: ['host-processes-show'],
    async run({ finish }) {
      const { stdout } = await finish([{ do: 'processes', as: 'processes' }]);
      const ids = textOf(factsOf(stdout), 'processes').split('\n').map(Number);
      assert.ok(ids.length < 12 && Math.max(...ids) < 1000, `processes: ${ids.join(' ')}`);
    },
  },
  {
    id: 'defaults/input',
    title: 'standard input is empty and ends at once',
    requirements: ['C59', 'H8'],
    uses: [],
    mutants: ['input-has-bytes'],
    async run({ finish }) {
      const { stdout } = await finish([{ do: 'input', as: 'input' }]);
      assert.equal(textOf(factsOf(stdout), 'input'), '');
    },
  },
];

function canWrite(place: string): Promise<boolean> {
  return writeFile(place, 'host').then(
    () => true,
    () => false,
  );
}
