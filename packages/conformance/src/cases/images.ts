import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { access, chmod, copyFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '@fairlead/core';
import type { Case, CaseContext } from '../case.ts';
import { assertGone, ownedBy, rejectsWith, textOf } from '../expectations.ts';
import { imageConfig } from '../image-config.ts';
import { factsOf } from '../workload/steps.ts';

export const imageCases: readonly Case[] = [
  {
    id: 'images/forms',
    title:
      'the same image in every form that the engine runs gives the same result, and asking again is the same image',
    requirements: ['V2', 'V6', 'V23', 'A15', 'B15'],
    uses: [],
    tags: ['version'],
    mutants: ['archives-load-under-another-name'],
    async run({ manager, target, workload }) {
      assert.ok(target.images.forms.length > 0);
      for (const image of target.images.forms) {
        const { exit, stdout } = await manager.runToCompletion({
          ...workload([
            { do: 'print', text: 'same\n' },
            { do: 'exit', code: 5 },
          ]),
          image,
        });
        assert.deepEqual([exit.code, stdout], [5, 'same\n'], `image ${JSON.stringify(image)}`);
        assert.equal((await manager.images.ensure(image)).id, (await manager.images.ensure(image)).id);
      }
    },
  },
  {
    id: 'images/config',
    title: 'what an image says of itself holds where the spec is silent: entrypoint, environment, folder, labels',
    requirements: ['V6', 'V13', 'C185', 'F81'],
    uses: ['command'],
    mutants: ['image-entrypoint-ignored'],
    async run({ manager, target, workload }) {
      const facts = [
        { do: 'environment', as: 'environment' },
        { do: 'folder', as: 'folder' },
      ] as const;
      const { exit, stdout } = await manager.runToCompletion({ ...workload(facts), image: target.images.configured });
      assert.equal(exit.code, 0, stdout.slice(0, 500));
      assert.ok(stdout.startsWith(`${imageConfig.env.GREETING} `), 'its entrypoint ran the command');
      const told = factsOf(stdout);
      assert.equal(textOf(told, 'folder'), imageConfig.workdir);
      const entries = textOf(told, 'environment').split('\0');
      for (const [name, value] of Object.entries(imageConfig.env))
        assert.ok(entries.includes(`${name}=${value}`), name);
    },
  },
  {
    id: 'images/missing',
    title: 'an image that is nowhere is IMAGE_NOT_FOUND by its name, and nothing is left',
    requirements: ['A15', 'F42', 'H22', 'C126', 'K24'],
    uses: ['name'],
    tags: ['version'],
    mutants: ['missing-images-are-engine-failures'],
    async run(context) {
      const { missing } = context.target.images;
      const name = context.name('no-image');
      const spec = { ...context.workload([{ do: 'hold' }]), image: missing, name };
      await rejectsWith(context.manager.run(spec), 'IMAGE_NOT_FOUND', missing);
      await rejectsWith(context.manager.images.ensure(missing), 'IMAGE_NOT_FOUND', missing);
      await assertGone(context, name);
    },
  },
  {
    id: 'images/corrupt',
    title:
      'a file that is cut off is CORRUPT_IMAGE, one that is none INVALID_IMAGE, one that is not there IMAGE_NOT_FOUND',
    requirements: ['V2', 'H28', 'V22'],
    uses: ['name'],
    mutants: ['cut-files-are-missing'],
    async run(context) {
      const name = context.name('no-image');
      const spec = { ...context.workload([{ do: 'hold' }]), name };
      const notes = join(context.folder, 'notes.sif');
      await writeFile(notes, 'these are notes, not an image\n'.repeat(100));
      const absent = join(context.folder, 'absent.sif');
      await rejectsWith(
        context.manager.run({ ...spec, image: context.target.images.truncated }),
        'CORRUPT_IMAGE',
        context.target.images.truncated,
      );
      await rejectsWith(context.manager.run({ ...spec, image: notes }), ['INVALID_IMAGE', 'CORRUPT_IMAGE'], notes);
      await rejectsWith(context.manager.run({ ...spec, image: absent }), 'IMAGE_NOT_FOUND', absent);
      await assertGone(context, name);
    },
  },
  {
    id: 'images/unreadable',
    title: 'a file that this user may not read is ACCESS_DENIED before any effect; whoever may read it runs it',
    requirements: ['T26', 'H28', 'V22'],
    uses: ['name'],
    mutants: ['closed-files-are-corrupt', 'archives-load-under-another-name'],
    async run(context) {
      const image = join(context.folder, 'closed');
      await copyFile(await fileForm(context), image);
      await chmod(image, 0);
      // To root no file is closed.
      const readable = await access(image, constants.R_OK).then(
        () => true,
        () => false,
      );
      const name = context.name('closed');
      const running = context.manager.runToCompletion({ ...context.workload([{ do: 'exit', code: 6 }]), image, name });
      if (readable) assert.equal((await running).exit.code, 6);
      else await rejectsWith(running, 'ACCESS_DENIED', image);
      await assertGone(context, name);
    },
  },
  {
    id: 'images/aborted',
    title: 'an ensure that is aborted rejects with the reason, and what it left does not pass for the image',
    requirements: ['F23', 'F30', 'H27'],
    uses: [],
    mutants: ['archives-load-under-another-name'],
    async run(context) {
      const { manager, target, folder, workload } = context;
      for (const [phase, milliseconds] of aborts) {
        const image = (await target.images.unseen?.(folder)) ?? target.images.plain;
        await ensureAborted(context, { image, phase, milliseconds });
        const spec = { ...workload([{ do: 'exit', code: 7 }]), image };
        assert.equal((await manager.runToCompletion(spec)).exit.code, 7, `aborted ${milliseconds} ms after ${phase}`);
      }
      assert.deepEqual(await ownedBy(context, context.owner), []);
    },
  },
  {
    id: 'images/manifests',
    title: 'a Kubernetes manifest where an image belongs is refused with a hint to play it',
    requirements: ['V2', 'A21', 'F4'],
    uses: [],
    mutants: ['manifests-pass-for-images'],
    async run({ manager, workload, folder }) {
      const manifest = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n';
      const file = join(folder, 'pod.yaml');
      await writeFile(file, manifest);
      for (const image of [manifest, file]) {
        const error = await rejectsWith(manager.run({ ...workload([]), image }), 'INVALID_IMAGE');
        assert.match(`${error.message} ${error.hint}`, /playKube/);
      }
    },
  },
];

/** The plain image as one file. */
async function fileForm({ target }: CaseContext): Promise<string> {
  for (const form of target.images.forms) {
    if (typeof form !== 'string' || !form.startsWith('/')) continue;
    if ((await stat(form)).isFile()) return form;
  }
  return assert.fail('this target runs no image that is one file');
}

/** When to abort: so long after a phase is told, or after the call where its engine tells none. */
const aborts: readonly (readonly [Progress['phase'] | 'called', number])[] = [
  ['called', 5],
  ['loading', 0],
  ['loading', 20],
];

interface AbortedEnsure {
  readonly image: string;
  readonly phase: Progress['phase'] | 'called';
  readonly milliseconds: number;
}

/** Which of abort and end comes first may be the engine's pace: it is ensured, or it fails for this reason alone. */
async function ensureAborted(
  { manager }: CaseContext,
  { image, phase: at, milliseconds }: AbortedEnsure,
): Promise<void> {
  const controller = new AbortController();
  const reason = new Error('no more');
  const abort = (): void => {
    if (milliseconds === 0) controller.abort(reason);
    else setTimeout(() => controller.abort(reason), milliseconds);
  };
  const onProgress = ({ phase }: Progress): void => {
    if (phase === at) abort();
  };
  const ensuring = manager.images.ensure(image, { signal: controller.signal, onProgress }).then(
    () => 'it was ensured',
    (caught: unknown) => caught,
  );
  if (at === 'called') abort();
  const outcome = await ensuring;
  const inTime = milliseconds === 0 && controller.signal.aborted;
  if (inTime || outcome !== 'it was ensured') assert.equal(outcome, reason, `${milliseconds} ms after ${at}`);
}
