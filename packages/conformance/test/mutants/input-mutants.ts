import { FairleadError, type RunSpec } from '@fairlead/core';
import { changedManager, type Mutant } from './mutant.ts';

export const inputMutants: readonly Mutant[] = [
  changedSpec('unknown-fields-pass', 'a field that no spec has is dropped', (spec) =>
    Object.fromEntries(Object.entries(spec).filter(([key]) => fields.has(key))),
  ),
  changedSpec('relative-targets-pass', 'a relative target is completed', (spec) => ({
    ...spec,
    ...(spec.mounts === undefined
      ? {}
      : {
          mounts: spec.mounts.map((mount) =>
            typeof mount.target === 'string' && !mount.target.startsWith('/')
              ? { ...mount, target: `/${mount.target}` }
              : mount,
          ),
        }),
  })),
  changedSpec('two-mounts-at-one-place', 'of two mounts at one place the last counts', (spec) => ({
    ...spec,
    ...(spec.mounts === undefined
      ? {}
      : {
          mounts: [...new Map(spec.mounts.map((mount) => [mount.target.replace(/\/$/, ''), mount])).values()],
        }),
  })),
  changedSpec('covered-files-are-dropped', 'a file over which the engine mounts is dropped', (spec) => ({
    ...spec,
    ...(spec.files === undefined
      ? {}
      : { files: spec.files.filter(({ target }) => !/^\/(dev\/|etc\/resolv)/.test(target)) }),
  })),
  changedSpec('any-reference-passes', 'a reference is made to fit', (spec) => ({
    ...spec,
    image: typeof spec.image === 'string' && /^[A-Za-z]+$/.test(spec.image) ? spec.image.toLowerCase() : spec.image,
  })),
  changedManager('errors-quote-the-environment', 'an error quotes the environment', (manager) => ({
    ...manager,
    run: (spec, options) =>
      manager.run(spec, options).catch((cause: unknown) => {
        if (!FairleadError.is(cause, 'START_FAILED')) throw cause;
        throw new FairleadError({
          code: cause.code,
          message: `${cause.message} with ${JSON.stringify(spec.env)}`,
          cause,
        });
      }),
  })),
  changedManager('errors-without-backend', 'an error does not say where it comes from', (manager) => ({
    ...manager,
    get: (id, options) =>
      manager.get(id, options).catch((cause: unknown) => {
        if (!FairleadError.is(cause)) throw cause;
        throw new FairleadError({ code: cause.code, message: cause.message.replace(/^[^:]*: /, ''), hint: cause.hint });
      }),
  })),
];

const fields: ReadonlySet<string> = new Set([
  'image',
  'name',
  'runId',
  'labels',
  'command',
  'entrypoint',
  'env',
  'workdir',
  'user',
  'mounts',
  'files',
  'network',
  'resources',
  'readOnlyRootfs',
  'stopSignal',
  'stopGraceSeconds',
  'autoRemove',
]);

function changedSpec(id: string, breaks: string, change: (spec: RunSpec) => unknown): Mutant {
  return changedManager(id, breaks, (manager) => ({
    ...manager,
    // What a mutant makes of a spec is as unproven as what a caller without types writes.
    run: (spec, options) => manager.run(change(spec) as RunSpec, options),
  }));
}
