import { FairleadError, type ContainerManager } from '@fairlead/core';
import { label, toLabelValue, type Backend } from '@fairlead/core/backend';
import { gather } from '../../src/gather.ts';
import { changedManager, type Mutant } from './mutant.ts';

export const volumeMutants: readonly Mutant[] = [
  changedVolumes('volume-labels-cut-at-equals', 'a volume’s label ends at an equals sign', ({ volumes }) => ({
    create: ({ name, labels }, call) => volumes.create({ name, labels: cutAtEquals(labels) }, call),
  })),
  changedManager('other-labels-are-fine', 'a volume of that name is given whatever its labels', (manager) => ({
    ...manager,
    createVolume: (spec, options) =>
      manager.createVolume(spec, options).catch((error: unknown) => {
        if (spec?.labels === undefined || spec.name === undefined || !FairleadError.is(error, 'CONFLICT')) throw error;
        return manager.volumes.get(spec.name);
      }),
  })),
  changedVolumes('used-volumes-go', 'a volume is removed under a container', ({ volumes }, engine) => ({
    remove: async (name, call) => {
      await volumes.remove(name, call).catch((error: unknown) => {
        if (!FairleadError.is(error, 'IN_USE')) throw error;
      });
      engine.volumes.delete(name);
    },
  })),
  changedVolumes('volume-names-by-prefix', 'the beginning of a volume’s name is enough', (_, engine) => ({
    inspect: (name) => Promise.resolve([...engine.volumes.values()].find((volume) => volume.name.startsWith(name))),
  })),
  changedVolumes('volume-lists-mix-owners', 'all owners’ volumes are listed', ({ volumes }) => ({
    list: (_, call) => volumes.list({}, call),
  })),
  changedManager('foreign-volumes-go', 'anyone’s volume is removed', (manager) => ({
    ...manager,
    volumes: {
      ...manager.volumes,
      remove: (name, options) => manager.volumes.remove(name, { ...options, foreign: true }),
    },
  })),
  changedVolumes('read-file-normalises-newlines', 'a file is read as text', ({ volumes }) => ({
    readFile: async (name, path, call) => {
      const bytes = await volumes.readFile(name, path, call);
      return bytes.includes(13) ? bytes.filter((byte) => byte !== 13) : bytes;
    },
  })),
];

export const findingMutants: readonly Mutant[] = [
  {
    id: 'creation-time-is-now',
    breaks: 'the time of the creation is that of the question',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        inspect: async (ids, call) => {
          const found = [...(await backend.inspect(ids, call))];
          await new Promise((resolve) => setTimeout(resolve, 2));
          return new Map(found.map(([id, container]) => [id, { ...container, createdAt: new Date().toISOString() }]));
        },
      }),
    }),
  },
  {
    id: 'names-by-prefix',
    breaks: 'the beginning of a name is enough',
    fault: () => ({
      backend: (backend, engine) => ({
        ...backend,
        resolve: async (idOrName, call) => {
          const exact = await backend.resolve(idOrName, call);
          return exact ?? [...engine.containers.values()].find(({ plan }) => plan.name.startsWith(idOrName))?.id;
        },
      }),
    }),
  },
  changedList('lists-leave-out-ended', 'what has ended is not listed', async function* (manager, filter, options) {
    for await (const info of manager.list(filter, options)) if (info.state.phase !== 'exited') yield info;
  }),
  changedList('one-label-is-enough', 'of several labels one counts', (manager, filter, options) => {
    const labels = Object.fromEntries(Object.entries(filter?.labels ?? {}).slice(0, 1));
    return manager.list({ ...filter, labels }, options);
  }),
  changedList('lists-mix-owners', 'all owners’ containers are listed', async function* (manager, filter, options) {
    for await (const info of manager.list({ ...filter, foreign: true }, options))
      if (filter?.foreign === true || info.owner !== undefined) yield info;
  }),
  changedManager('anyone-may-kill', 'kill does not ask whose container it is', (manager) => ({
    ...manager,
    kill: (id, signal, options) => manager.kill(id, signal, { ...options, foreign: true }),
  })),
  {
    id: 'strangers-get-an-owner',
    breaks: 'what the library did not make has an owner all the same',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        list: async (labels, call) =>
          (await backend.list(labels, call)).map((container) => ({
            ...container,
            labels: { [label.owner]: 'nobody', ...container.labels },
          })),
      }),
    }),
  },
  changedManager('reap-takes-the-living', 'reap takes every other session for dead', (manager) => ({
    ...manager,
    reap: async (options) => {
      const sessions = (await gather(manager.list())).flatMap(({ session }) => session ?? []);
      return manager.reap({ ...options, assumeDead: sessions });
    },
  })),
];

export const runIdMutants: readonly Mutant[] = [
  changedRunId('ended-runs-are-repeated', 'a run that has ended runs again', async (manager, runId) => {
    for (const info of await runsOf(manager, runId)) {
      if (info.owner === manager.owner && info.state.phase === 'exited') await manager.remove(info.id);
    }
    return undefined;
  }),
  changedManager('run-id-beats-spec', 'the spec of a second run is not compared', (manager) => ({
    ...manager,
    run: (spec, options) =>
      manager.run(spec, options).catch(async (error: unknown) => {
        const [first] = spec.runId === undefined ? [] : await runsOf(manager, spec.runId);
        if (first === undefined || !FairleadError.is(error, 'CONFLICT')) throw error;
        return manager.get(first.id);
      }),
  })),
  {
    id: 'names-are-not-a-lock',
    breaks: 'two containers can have one name',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        create: (plan, call) =>
          backend.create(plan, call).catch((error: unknown) => {
            if (!plan.name.startsWith('f-') || !FairleadError.is(error, 'CONFLICT')) throw error;
            return backend.create({ ...plan, name: `${plan.name}-2-${Math.random().toString(36).slice(2)}` }, call);
          }),
      }),
    }),
  },
  changedRunId('run-ids-cross-owners', 'a runId is the same for all owners', async (manager, runId) => {
    const theirs = (await runsOf(manager, runId)).find(({ owner }) => owner !== manager.owner);
    return theirs === undefined ? undefined : manager.get(theirs.id);
  }),
  changedRunId('never-started-is-adopted', 'what was never started is given as it is', async (manager, runId) => {
    const [found] = await runsOf(manager, runId);
    return found?.state.phase === 'created' ? manager.get(found.id) : undefined;
  }),
];

type Volumes = NonNullable<Backend['volumes']>;
type Faulty = { readonly volumes: Volumes };

function changedVolumes(
  id: string,
  breaks: string,
  change: (
    backend: Faulty,
    engine: Parameters<NonNullable<ReturnType<Mutant['fault']>['backend']>>[1],
  ) => Partial<Volumes>,
): Mutant {
  return {
    id,
    breaks,
    fault: () => ({
      backend: (backend, engine) => {
        const { volumes } = backend;
        if (volumes === undefined) throw new Error('the in-memory engine has volumes');
        return { ...backend, volumes: { ...volumes, ...change({ volumes }, engine) } };
      },
    }),
  };
}

type List = (
  manager: ContainerManager,
  ...given: Parameters<ContainerManager['list']>
) => ReturnType<ContainerManager['list']>;

function changedList(id: string, breaks: string, list: List): Mutant {
  return changedManager(id, breaks, (manager) => ({
    ...manager,
    list: (filter, options) => list(manager, filter, options),
  }));
}

type Before = (
  manager: ContainerManager,
  runId: string,
) => Promise<Awaited<ReturnType<ContainerManager['run']>> | undefined>;

/** A mutant that does something before a run with a runId, or instead of it. */
function changedRunId(id: string, breaks: string, before: Before): Mutant {
  return changedManager(id, breaks, (manager) => ({
    ...manager,
    run: async (spec, options) =>
      (spec.runId === undefined ? undefined : await before(manager, spec.runId)) ?? manager.run(spec, options),
  }));
}

async function runsOf(
  manager: ContainerManager,
  runId: string,
): Promise<Awaited<ReturnType<typeof manager.inspect>>[]> {
  const all = await gather(manager.list({ foreign: true }));
  return all.filter((info) => info.runId === toLabelValue(runId));
}

function cutAtEquals(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [
      key,
      key.startsWith('io.fairlead.') ? value : (value.split('=')[0] ?? ''),
    ]),
  );
}
