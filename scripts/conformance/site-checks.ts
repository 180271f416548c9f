import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect, FairleadError, select, type ContainerManager } from 'fairlead';
import type { TestImages } from '@fairlead/lab';

/** A statement about a machine with several engines, proven on it by an ordinary user who has them all. */
export interface SiteCheck {
  readonly id: `site/${string}`;
  readonly title: string;
  readonly requirements: readonly [string, ...string[]];
  run(site: Site): Promise<void>;
}

/** What a check has on the machine. */
export interface Site {
  readonly images: TestImages;
  /** A folder of this check's own, which the engines can mount; it is empty. */
  readonly folder: string;
  /** The owner that its managers are to have. */
  readonly owner: string;
}

/** Every check. Each leaves nothing. */
export const siteChecks: readonly SiteCheck[] = [
  {
    id: 'site/renamed-sif',
    title: 'a SIF without an ending is run by Apptainer; where that is hidden and nothing may be converted, by nobody',
    requirements: ['V2', 'V22'],
    async run({ images, folder, owner }) {
      const image = join(folder, 'model.bin');
      await copyFile(sifOf(images), image);
      {
        await using manager = await select({ image, command: ['echo', 'hello'] }, { owner });
        assert.equal(manager.backend, 'singularity');
        const { stdout } = await manager.runToCompletion({ image, command: ['echo', 'hello'] });
        assert.equal(stdout, 'hello\n');
      }
      await withoutOnPath('apptainer', async () => {
        const error = await select(image, { owner, convert: 'never' }).then(
          (manager) => assert.fail(`it chose ${manager.backend}`),
          (caught: unknown) => caught,
        );
        assert.ok(FairleadError.is(error, 'NO_BACKEND'), String(error));
        // The table has a row with a reason for each backend, and the engines that are there are among them.
        const rows = error.message.split('\n').slice(1);
        for (const backend of ['docker', 'podman', 'podman-kube', 'singularity'])
          assert.ok(
            rows.some((row) => new RegExp(`^  ${backend} +\\S+ +\\S.{10}`).test(row)),
            `${backend} has a reason:\n${error.message}`,
          );
      });
    },
  },
  {
    id: 'site/doctor',
    title: 'the doctor names each engine with its version; what is missing with the reason and the remedy',
    requirements: ['V22', 'B10'],
    async run() {
      const usable = (await doctor()).filter((line) => line.startsWith('usable '));
      for (const backend of ['docker', 'podman', 'podman-kube', 'singularity'])
        assert.ok(
          usable.some((line) => new RegExp(`^usable +${backend} +\\S+: \\S.* \\d+\\.\\d`).test(line)),
          `${backend} is there:\n${usable.join('\n')}`,
        );
      await withoutOnPath('apptainer', async () => {
        const missing = (await doctor()).filter((line) => /^missing +singularity /.test(line));
        assert.ok(missing.length > 0 && missing.every((line) => / -> \S/.test(line)), missing.join('\n'));
      });
    },
  },
  {
    id: 'site/mounted-sif',
    title: 'where Apptainer is hidden, the podman command runs a SIF over a mount, and select says so and from what',
    requirements: ['V2', 'V8', 'V22'],
    async run({ images, folder, owner }) {
      const image = join(folder, 'model.bin');
      await copyFile(sifOf(images), image);
      // A service mounts nothing.
      await withVariable('CONTAINER_HOST', undefined, () =>
        withoutOnPath('apptainer', async () => {
          await using manager = await select(image, { owner, convert: 'never', mount: 'auto' });
          const { chosen, conversion } = manager.selection;
          assert.deepEqual([manager.backend, chosen.mounts, chosen.converts], ['podman-kube', true, false]);
          assert.deepEqual([conversion?.from, conversion?.to], ['sif', 'mount']);
          assert.match(conversion?.how ?? '', /evidence B/);
          const { stdout } = await manager.runToCompletion({ image, command: ['echo', 'hello'] });
          assert.equal(stdout, 'hello\n');
          await using converting = await select(image, { owner, mount: 'never' });
          assert.equal(converting.selection.conversion?.to, 'docker-archive');
        }),
      );
    },
  },
  {
    id: 'site/engines-at-once',
    title: 'Docker and Podman serve one process at the same time, and their lists do not mix',
    requirements: ['V11', 'V1'],
    async run({ images, owner }) {
      await using docker = await select(images.busybox.ociArchive, { owner, prefer: ['docker'] });
      await using podman = await select(images.busybox.ociArchive, { owner, prefer: ['podman'] });
      assert.deepEqual([docker.backend, podman.backend], ['docker', 'podman']);
      const image = images.busybox.ociArchive;
      const both = [docker, podman].map((manager) => manager.run({ image, name: `${owner}-twin`, command: hold }));
      const [first, second] = await Promise.all(both);
      assert.ok(first !== undefined && second !== undefined);
      try {
        assert.deepEqual(await idsOf(docker), [first.id]);
        assert.deepEqual(await idsOf(podman), [second.id]);
        await assert.rejects(docker.inspect(second.id), { code: 'CONTAINER_NOT_FOUND' });
        await first.remove();
        assert.deepEqual(await idsOf(podman), [second.id]);
      } finally {
        await Promise.all([first.remove(), second.remove()]);
      }
    },
  },
  {
    id: 'site/own-store',
    title: 'containers of a store with a root of its own are there and nowhere else',
    requirements: ['B9'],
    async run({ images, folder, owner }) {
      const options = { root: join(folder, 'root'), runroot: join(folder, 'runroot') };
      const image = images.busybox.ociArchive;
      // A store is opened by podman itself, never by its service.
      await withVariable('CONTAINER_HOST', undefined, async () => {
        await using usual = await connect('podman-kube', {}, { owner });
        await using own = await connect('podman-kube', options, { owner });
        {
          await using container = await own.run({ image, command: hold });
          assert.deepEqual(await idsOf(own), [container.id]);
          assert.deepEqual(await idsOf(usual), []);
          await assert.rejects(usual.inspect(container.id), { code: 'CONTAINER_NOT_FOUND' });
          assert.ok((await readdir(options.root)).length > 0, 'the store is in that folder');
        }
        assert.deepEqual(await idsOf(own), []);
        // Folders of layers cannot be written by the user outside of podman's namespace.
        await promisify(execFile)('podman', ['unshare', 'rm', '-rf', options.root, options.runroot]);
      });
    },
  },
  {
    id: 'site/no-root',
    title: 'under rootless engines no process of a container, nor of what holds it, is root’s on the host',
    requirements: ['V5'],
    async run({ images, owner }) {
      const image = images.busybox.ociArchive;
      const rootless = [
        { backend: 'podman', image },
        { backend: 'podman-kube', image },
        { backend: 'singularity', image: sifOf(images) },
      ] as const;
      for (const one of rootless) {
        await using manager = await connect(one.backend, await optionsOf(one.backend, one.image), { owner });
        const before = await processes();
        await using container = await manager.run({ image: one.image, command: hold });
        assert.equal((await container.inspect()).state.phase, 'running');
        const started = (await processes()).filter(({ pid }) => !before.some((other) => other.pid === pid));
        assert.ok(
          started.some(({ command }) => command.includes(hold.at(-1) ?? '')),
          `${one.backend}: the workload is seen`,
        );
        const roots = started.filter(({ uid, command }) => uid === 0 && command !== '');
        assert.deepEqual(roots, [], `${one.backend}: root's processes`);
      }
    },
  },
];

/** It ends at SIGTERM, and is known by its argument. */
const hold = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1; done', 'fairlead-site-check'];

/** What `examples/doctor.ts` says here, line by line. */
async function doctor(): Promise<readonly string[]> {
  const script = new URL('../../examples/doctor.ts', import.meta.url).pathname;
  const argv = ['--conditions=@fairlead/source', script];
  return (await promisify(execFile)(process.execPath, argv)).stdout.split('\n');
}

async function idsOf(manager: ContainerManager): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of manager.list()) ids.push(id);
  return ids;
}

/** Where the backend found its engine: the options that discovery would take. */
async function optionsOf(backend: 'podman' | 'podman-kube' | 'singularity', image: string): Promise<object> {
  if (backend !== 'podman') return {};
  await using manager = await select(image, { prefer: [backend] });
  return { socketPath: manager.selection.chosen.candidate.endpoint.replace(/^unix:\/\//, '') };
}

function sifOf({ busybox: { sif } }: TestImages): string {
  assert.ok(sif !== undefined, 'the lab has Apptainer, and so a SIF');
  return sif;
}

/** Without the folders of PATH that have this program: nothing else of the machine changes. */
async function withoutOnPath(program: string, work: () => Promise<void>): Promise<void> {
  const path = process.env['PATH'] ?? '';
  const kept: string[] = [];
  for (const folder of path.split(':')) {
    if ((await stat(join(folder, program)).catch(() => undefined)) === undefined) kept.push(folder);
  }
  assert.notEqual(kept.join(':'), path, `${program} was on PATH`);
  await withVariable('PATH', kept.join(':'), work);
}

async function withVariable(name: string, value: string | undefined, work: () => Promise<void>): Promise<void> {
  const before = process.env[name];
  set(name, value);
  try {
    await work();
  } finally {
    set(name, before);
  }
}

function set(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
}

interface SeenProcess {
  readonly pid: string;
  /** On the host, whatever it is inside. */
  readonly uid: number;
  readonly command: string;
}

async function processes(): Promise<readonly SeenProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const seen = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
      const { uid } = (await stat(`/proc/${pid}`).catch(() => undefined)) ?? {};
      return command === undefined || uid === undefined ? [] : [{ pid, uid, command }];
    }),
  );
  return seen.flat();
}
