import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError } from '@fairlead/core';
import type { Case } from '../case.ts';
import { assertGone, errorOf, textOf } from '../expectations.ts';
import { imageFile } from '../image-config.ts';
import { factsOf } from '../workload/steps.ts';

export const specFilesCases: readonly Case[] = [
  {
    id: 'spec/files',
    title: 'files are there before the workload starts, with their bytes and permission bits, in folders made for them',
    requirements: ['F54', 'F61', 'C82', 'C83', 'C174'],
    uses: ['files'],
    proves: 'files',
    tags: ['version'],
    mutants: ['file-modes-lost'],
    async run({ finish }) {
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      const { stdout } = await finish(
        [
          { do: 'read', path: '/srv/new/deep/model.bin', as: 'bytes' },
          { do: 'mode', path: '/srv/new/deep/model.bin', as: 'mode' },
          { do: 'read', path: '/etc/case with space', as: 'text' },
          { do: 'mode', path: '/etc/case with space', as: 'default-mode' },
        ],
        {
          files: [
            { target: '/srv/new/deep/model.bin', content: bytes, mode: 0o640 },
            { target: '/etc/case with space', content: 'ünï\n' },
          ],
        },
      );
      const facts = factsOf(stdout);
      assert.deepEqual(facts['bytes']?.error ?? Buffer.from(facts['bytes']?.bytes ?? []), Buffer.from(bytes));
      assert.equal(textOf(facts, 'mode'), '640');
      assert.equal(textOf(facts, 'text'), 'ünï\n');
      assert.equal(textOf(facts, 'default-mode'), '644');
    },
  },
  {
    id: 'spec/files-read-only',
    title: 'files reach a container whose root is read-only, and nothing of them is left on this host',
    requirements: ['F54', 'F61', 'C108', 'W8'],
    uses: ['files', 'readOnlyRootfs'],
    mutants: ['bound-files-are-empty'],
    async run({ run, target, name }) {
      const secret = name('content');
      const container = await run(
        [
          { do: 'read', path: '/etc/input', as: 'input' },
          { do: 'write', path: '/etc/input', text: 'x', as: 'write' },
          { do: 'print', text: 'end\n' },
        ],
        {
          readOnlyRootfs: true,
          files: [{ target: '/etc/input', content: secret }],
        },
      );
      await container.wait();
      let stdout = '';
      for await (const { text } of container.logs()) stdout += `${text}\n`;
      assert.equal(textOf(factsOf(stdout), 'input'), secret);
      assert.ok(errorOf(factsOf(stdout), 'write').length > 0);
      await container.remove();
      assert.deepEqual(
        (await readdir(target.folder)).filter((entry) => entry.includes(secret)),
        [],
      );
    },
  },
  {
    id: 'spec/files-in-image-volumes',
    title: 'a file put where the image has a volume lies there beside what the image has',
    requirements: ['F54', 'F61', 'C10'],
    uses: ['files'],
    tags: ['version'],
    mutants: ['image-volumes-hide-files'],
    async run({ finish, target }) {
      const injected = '/srv/data/injected';
      const { stdout } = await finish(
        [
          { do: 'read', path: imageFile.path, as: 'of-the-image' },
          { do: 'read', path: injected, as: 'injected' },
        ],
        { image: target.images.configured, entrypoint: [], files: [{ target: injected, content: 'put\n' }] },
      );
      assert.equal(textOf(factsOf(stdout), 'of-the-image'), imageFile.text);
      assert.equal(textOf(factsOf(stdout), 'injected'), 'put\n');
    },
  },
  {
    id: 'spec/files-over-folders',
    title: 'a file whose target is a folder fails, and leaves the folder as it was, in a bind’s source too',
    requirements: ['F54', 'V14', 'B18'],
    uses: ['files', 'mounts.bind', 'name'],
    tags: ['version'],
    mutants: ['files-replace-folders'],
    async run(context) {
      const source = join(context.folder, 'in');
      const inside = join(source, 'kept', 'data');
      await mkdir(join(source, 'kept'), { recursive: true });
      await writeFile(inside, 'of the caller');
      const name = context.name('over-folder');
      const running = context.finish([{ do: 'exit', code: 0 }], {
        name,
        mounts: [{ type: 'bind', source, target: '/mnt/in' }],
        files: [{ target: '/mnt/in/kept', content: 'injected' }],
      });
      // Where files are bound the engine finds out at the start.
      const code = await running.then(
        ({ exit }) => exit.code,
        (error: unknown) => assert.ok(FairleadError.is(error), String(error)),
      );
      assert.notEqual(code, 0, 'it ran');
      assert.equal(await readFile(inside, 'utf8'), 'of the caller');
      await assertGone(context, name);
    },
  },
  {
    id: 'spec/readOnlyRootfs',
    title: 'with readOnlyRootfs only mounts can be written, /tmp not among them',
    requirements: ['V30', 'F52', 'C108', 'C167'],
    uses: ['readOnlyRootfs'],
    proves: 'readOnlyRootfs',
    tags: ['version'],
    mutants: ['read-only-spares-tmp'],
    async run({ finish }) {
      const { stdout } = await finish(
        ['/etc/x', '/x', '/tmp/x', '/var/tmp/x', '/run/x', '/root/x'].map(
          (path, index) => ({ do: 'write', path, text: 'x', as: `write-${index}` }) as const,
        ),
        { readOnlyRootfs: true },
      );
      for (let index = 0; index < 6; index += 1)
        assert.match(
          errorOf(factsOf(stdout), `write-${index}`),
          /Read-only file system|Permission denied|No such file/,
        );
      assert.match(errorOf(factsOf(stdout), 'write-2'), /Read-only file system/);
    },
  },
  {
    id: 'spec/rootfs-writable',
    title: 'by default the root can be written, and what is written goes with the container',
    requirements: ['V23', 'C167', 'C168'],
    uses: ['rootfs.writable'],
    proves: 'rootfs.writable',
    mutants: ['writes-outlive-containers'],
    async run({ manager, workload }) {
      const steps = (text: string) =>
        [
          { do: 'list', path: '/etc', as: 'before' },
          { do: 'list', path: '/tmp', as: 'before-tmp' },
          { do: 'write', path: '/etc/left-over', text, as: 'write' },
          { do: 'write', path: '/tmp/left-over', text, as: 'tmp' },
          { do: 'read', path: '/etc/left-over', as: 'after' },
        ] as const;
      for (const text of ['first', 'second']) {
        const { stdout } = await manager.runToCompletion({ ...workload(steps(text)), readOnlyRootfs: false });
        const facts = factsOf(stdout);
        for (const list of ['before', 'before-tmp']) {
          assert.ok(
            !textOf(facts, list).split('\n').includes('left-over'),
            'a container begins with the image’s files',
          );
        }
        textOf(facts, 'write');
        textOf(facts, 'tmp');
        assert.equal(textOf(facts, 'after'), text);
      }
    },
  },
];
