import { stat } from 'node:fs/promises';
import { FairleadError, type ErrorCode } from '@fairlead/core';
import { changedManager, type Mutant } from './mutant.ts';

export const imageMutants: readonly Mutant[] = [
  {
    id: 'archives-load-under-another-name',
    breaks: 'what was loaded cannot be found',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        images: {
          ...backend.images,
          async load(stream, call) {
            const pieces: Uint8Array[] = [];
            for await (const piece of stream) pieces.push(piece);
            const text = Buffer.concat(pieces).toString().replace('localhost/', 'local/');
            await backend.images.load?.(pieceOf(text), call);
          },
        },
      }),
    }),
  },
  {
    id: 'image-entrypoint-ignored',
    breaks: 'the image’s entrypoint is not run',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        create: (plan, call) =>
          backend.create(
            plan.ensured.id === 'configured:1' ? { ...plan, entrypoint: plan.entrypoint ?? [] } : plan,
            call,
          ),
      }),
    }),
  },
  {
    id: 'missing-images-are-engine-failures',
    breaks: 'an image that is nowhere is a failure of the engine',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        images: {
          ...backend.images,
          ensure: (image, call) =>
            backend.images.ensure(image, call).catch((cause: unknown) => {
              throw FairleadError.is(cause, 'IMAGE_NOT_FOUND')
                ? new FairleadError({ code: 'ENGINE_FAILURE', message: cause.message, cause })
                : cause;
            }),
        },
      }),
    }),
  },
  changedManager('closed-files-are-corrupt', 'a file with mode 000 counts as cut off', (manager) => ({
    ...manager,
    async runToCompletion(spec, options) {
      const file = typeof spec.image === 'string' ? spec.image : '';
      const { mode } = (await stat(file).catch(() => undefined)) ?? { mode: 0o644 };
      if ((mode & 0o777) === 0) throw new FairleadError({ code: 'CORRUPT_IMAGE', message: 'it is cut off' });
      return manager.runToCompletion(spec, options);
    },
  })),
  failingRun('cut-files-are-missing', 'a file that is cut off counts as absent', 'CORRUPT_IMAGE', 'IMAGE_NOT_FOUND'),
  failingRun(
    'manifests-pass-for-images',
    'a manifest counts as an image that is absent',
    'INVALID_IMAGE',
    'IMAGE_NOT_FOUND',
    /playKube/,
  ),
];

/** A mutant whose `run` fails with another code than it should. */
function failingRun(id: string, breaks: string, from: ErrorCode, to: ErrorCode, where = /./): Mutant {
  return changedManager(id, breaks, (manager) => ({
    ...manager,
    run: (spec, options) =>
      manager.run(spec, options).catch((cause: unknown) => {
        if (!FairleadError.is(cause, from) || !where.test(`${cause.message} ${cause.hint}`)) throw cause;
        throw new FairleadError({ code: to, message: cause.message, cause });
      }),
  }));
}

async function* pieceOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
