import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerManager, Progress, RunSpec } from '@fairlead/core';
import type { Case, CaseContext } from '../case.ts';
import { assertGone, errorOf, ownedBy, textOf } from '../expectations.ts';
import { imageConfig } from '../image-config.ts';
import { factsOf, type Step } from '../workload/steps.ts';

/** An image file that is run over a mount of its file system: as the converted one, and with nothing left. */
export const mountedImageCases: readonly Case[] = [
  {
    id: 'mounted/runs',
    title: 'an image file runs over a mount as it runs converted: output, arguments, variables, code; no image is made',
    requirements: ['V8', 'V13', 'V6', 'F85'],
    uses: ['images.mount'],
    proves: 'images.mount',
    tags: ['mandatory'],
    mutants: ['mounts-are-loaded-too', 'mounts-stay', 'archives-load-under-another-name', 'completion-drops-stderr'],
    async run(context) {
      const { options, manager, image } = await mounting(context);
      const steps: readonly Step[] = [
        { do: 'arguments', as: 'arguments' },
        { do: 'environment', as: 'environment' },
        { do: 'folder', as: 'folder' },
        { do: 'user', as: 'user' },
        { do: 'list', path: '/', as: 'root' },
        { do: 'print', text: 'both\n' },
        { do: 'print', text: 'streams\n', to: 'stderr' },
        { do: 'exit', code: 7 },
      ];
      const more = { env: { ONE: 'a b', TWO: '$x "y"' } };
      const spec = { ...context.workload(steps, ['first', 'a  b', '']), ...more, image };
      const mounted = await manager.runToCompletion(spec);
      assert.deepEqual([mounted.exit.code, mounted.stderr], [7, 'streams\n']);
      await assertNothingLeft(context, options.stateFolder);
      const phases = new Set<Progress['phase']>();
      const { name } = await context.manager.images.ensure(image, { onProgress: ({ phase }) => phases.add(phase) });
      assert.ok(phases.has('converting'), 'nobody has converted it before');
      const converted = await context.manager.runToCompletion(spec);
      assert.deepEqual(told(mounted.stdout), told(converted.stdout));
      assert.deepEqual([converted.exit.code, converted.stderr], [7, 'streams\n']);
      if (name !== undefined) await context.target.look.unnameImage?.(name);
    },
  },
  {
    id: 'mounted/config',
    title: 'over a mount, what a conversion would make of the image holds: entrypoint, variables, folder, user, labels',
    requirements: ['V13', 'V8', 'C185', 'F81'],
    uses: ['images.mount', 'command'],
    mutants: ['mounts-stay', 'mounted-config-ignored', 'archives-load-under-another-name', 'default-folder-is-tmp'],
    async run(context) {
      const { options, manager } = await mounting(context);
      const image = context.target.images.configuredFile ?? assert.fail('the target has such a file');
      const steps: readonly Step[] = [
        { do: 'environment', as: 'environment' },
        { do: 'folder', as: 'folder' },
        { do: 'user', as: 'user' },
      ];
      const spec = { ...context.workload(steps), image };
      const { exit, stdout } = await manager.runToCompletion(spec);
      assert.equal(exit.code, 0, stdout.slice(0, 500));
      assert.ok(stdout.startsWith(`${imageConfig.env.GREETING} `), 'its entrypoint ran the command');
      assert.equal(textOf(factsOf(stdout), 'folder'), imageConfig.workdir);
      const converted = await context.manager.runToCompletion(spec);
      assert.deepEqual(told(stdout), told(converted.stdout));
      await using container = await manager.create(spec);
      const { labels } = await manager.inspect(container.id);
      for (const [key, value] of Object.entries(imageConfig.labels)) assert.equal(labels[key], value);
      await container.remove();
      await assertNothingLeft(context, options.stateFolder);
    },
  },
  {
    id: 'mounted/root',
    title: 'a root over a mount can be written and forgets it, the file stays as it was; a read-only one cannot',
    requirements: ['V30', 'V8', 'F52', 'C108'],
    uses: ['images.mount', 'rootfs.writable', 'readOnlyRootfs', 'files'],
    mutants: ['mounts-stay', 'read-only-spares-tmp', 'writes-outlive-containers'],
    async run(context) {
      const { options, manager, image } = await mounting(context);
      const before = await readFile(image);
      const steps: readonly Step[] = [
        { do: 'read', path: '/tmp/new', as: 'before' },
        { do: 'write', path: '/tmp/new', text: 'kept', as: 'write' },
        { do: 'read', path: '/tmp/new', as: 'after' },
        { do: 'read', path: '/etc/given', as: 'given' },
      ];
      const files = [{ target: '/etc/given', content: 'from outside' }];
      const run = async (spec: Partial<RunSpec>): Promise<ReturnType<typeof factsOf>> => {
        const { stdout } = await manager.runToCompletion({ ...context.workload(steps), image, files, ...spec });
        return factsOf(stdout);
      };
      for (const facts of [await run({}), await run({})]) {
        errorOf(facts, 'before');
        assert.deepEqual([textOf(facts, 'after'), textOf(facts, 'given')], ['kept', 'from outside']);
      }
      errorOf(await run({ readOnlyRootfs: true }), 'write');
      assert.ok(before.equals(await readFile(image)), 'the file is as it was');
      await assertNothingLeft(context, options.stateFolder);
    },
  },
  {
    id: 'mounted/other-process',
    title: 'another process removes a container and its mount, also when what served the mount was killed',
    requirements: ['V1', 'V8', 'F78'],
    uses: ['images.mount'],
    mutants: ['mounts-stay'],
    async run(context) {
      const { options, manager, image } = await mounting(context);
      const other = await context.session(options);
      for (const kill of [false, true]) {
        const container = await manager.run({ ...context.workload([{ do: 'hold' }]), image });
        assert.ok((await mountsBelow(context)).length > 0, 'the look sees what is mounted');
        if (kill) await context.target.look.endImageServers?.(options.stateFolder);
        await other.perform({ do: 'remove', id: container.id });
        await assertGone(context, container.id);
        await assertNothingLeft(context, options.stateFolder);
      }
    },
  },
  {
    id: 'mounted/killed',
    title: 'killed at any moment, a process leaves no mount, no process and no folder that another one does not reap',
    requirements: ['F77', 'H27', 'K38', 'V8'],
    uses: ['images.mount', 'name'],
    tags: ['mandatory'],
    mutants: ['dead-mounts-are-not-swept', 'reap-leaves-the-unstarted'],
    async run(context) {
      const { options, manager, image } = await mounting(context);
      const deaths = [...[1, 30, 100, 200, 400].map((after) => ['creating', after] as const), ['starting', 0] as const];
      await Promise.all(
        deaths.map(async ([dieAt, dieAfterMs]) => {
          const session = await context.session(options);
          const spec = { ...context.workload([{ do: 'hold' }]), image, name: context.name('killed') };
          await session.perform({ do: 'run', spec, dieAt, dieAfterMs }).catch(() => undefined);
          await session.kill();
        }),
      );
      await reapUntilQuiet(context, manager, options.stateFolder);
      assert.deepEqual(await ownedBy(context, context.owner), []);
    },
  },
  {
    id: 'mounted/aborted',
    title: 'a run over a mount that is aborted rejects with the reason and leaves neither container nor mount',
    requirements: ['F23', 'H13', 'H27', 'V8'],
    uses: ['images.mount', 'name'],
    tags: ['mandatory'],
    mutants: ['mounts-stay', 'cut-creates-come-true', 'aborted-starts-stay', 'remove-only-stops'],
    async run(context) {
      const { options, manager, image } = await mounting(context);
      const reason = new Error('no more');
      for (const [at, moment] of abortMoments) {
        const controller = new AbortController();
        const onProgress = ({ phase }: Progress): void => {
          if (phase === at) moment(() => controller.abort(reason));
        };
        const name = context.name('aborted');
        const spec = { ...context.workload([{ do: 'hold' }]), image, name };
        const container = await manager.run(spec, { signal: controller.signal, onProgress }).catch((error: unknown) => {
          assert.equal(error, reason);
        });
        // On a fast engine the run may be first.
        await container?.remove();
        await assertGone(context, name);
        await assertNothingLeft(context, options.stateFolder);
      }
    },
  },
];

type Moment = (abort: () => void) => unknown;

const later =
  (milliseconds: number): Moment =>
  (abort) =>
    setTimeout(abort, milliseconds);

/** When the abort comes after a phase is told: at once, with the next turns of the event loop, or later. */
const abortMoments: readonly (readonly [Progress['phase'], Moment])[] = [
  ['creating', queueMicrotask],
  ['creating', setImmediate],
  ...[1, 60, 150].map((milliseconds) => ['creating', later(milliseconds)] as const),
  ['starting', (abort) => abort()],
];

interface Mounting {
  /** What another process needs to be a second one of the same. */
  readonly options: { readonly mount: 'always'; readonly stateFolder: string };
  readonly manager: ContainerManager;
  /** A file that no engine has seen. */
  readonly image: string;
}

/** A manager that mounts, with a state folder in which nothing is but what this case makes. */
async function mounting(context: CaseContext): Promise<Mounting> {
  const options = { mount: 'always', stateFolder: join(context.folder, 'state') } as const;
  const image = await context.target.images.mountable?.(context.folder);
  assert.ok(image !== undefined, 'the target makes an image file that can be mounted');
  return { options, manager: context.connect(options), image };
}

/** What the engine's own view shows below this case's folder. */
async function mountsBelow({ target, folder }: CaseContext): Promise<readonly string[]> {
  const all = (await target.look.imageMounts?.()) ?? assert.fail('the target looks for mounts');
  return all.filter((line) => line.includes(folder));
}

async function assertNothingLeft(context: CaseContext, stateFolder: string): Promise<void> {
  assert.deepEqual(await mountsBelow(context), []);
  assert.deepEqual(await readdir(join(stateFolder, 'mounts')).catch(() => []), []);
}

/** How often in a row there must be nothing: what a dead process had asked for may still come true. */
const looks = 3;

async function reapUntilQuiet(context: CaseContext, manager: ContainerManager, stateFolder: string): Promise<void> {
  let quiet = 0;
  for (let round = 0; quiet < looks && round < 10 * looks; round += 1) {
    await manager.reap();
    const left = [...(await mountsBelow(context)), ...(await ownedBy(context, context.owner))];
    quiet = left.length === 0 ? quiet + 1 : 0;
    await context.pause(0.5);
  }
  await assertNothingLeft(context, stateFolder);
}

/** The facts that a run told, without what names its container. */
function told(stdout: string): Readonly<Record<string, unknown>> {
  const facts = Object.entries(factsOf(stdout)).map(([name, { text, error }]) => [
    name,
    error ??
      (text ?? '')
        .split('\0')
        .filter((entry) => !entry.startsWith('HOSTNAME='))
        .toSorted(),
  ]);
  return Object.fromEntries(facts);
}
