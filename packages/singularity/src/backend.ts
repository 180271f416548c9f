import type { Backend, BackendCall, Estate } from '@fairlead/core/backend';
import { inspectContainers, listContainers } from './containers.ts';
import type { BackendContext } from './context.ts';
import { createContainer } from './create.ts';
import { killContainer, stopContainer, waitForEnd } from './ending.ts';
import { containerNotFound, unavailable } from './errors.ts';
import { imageFormats, openImages } from './images.ts';
import { readLogs } from './logs.ts';
import type { SingularityOptions } from './options.ts';
import { findFacts, toProbe, type Found } from './probe.ts';
import { refusePlan } from './refuse.ts';
import { removeContainer } from './remove.ts';
import { startContainer } from './start.ts';
import { ContainerStore, type StoredContainer } from './store.ts';
import { sweepTrials } from './trial.ts';
import { openVolumes, sweepVolumes } from './volumes.ts';

/** Containers of Apptainer or SingularityCE, each under a supervisor of its own. Touches nothing before it is used. */
export function openBackend(options: SingularityOptions, estate: Estate): Backend {
  const context: BackendContext = { store: new ContainerStore(estate.state), here: estate.session.proof };
  let found: Found | undefined;
  const ask = async (call: BackendCall): Promise<Found> => {
    found = await findFacts(options.command, call);
    return found;
  };
  return {
    formats: imageFormats,
    loads: [],
    filesByBind: true,
    images: openImages(),
    volumes: openVolumes(context, estate.state),
    probe: async (call) => toProbe(await ask(call), context.store.path),
    refuse: (plan, probe) => refusePlan(plan, !probe.rootless),
    async create(plan, call) {
      const facts = found?.usable === true ? found : await ask(call);
      if (!facts.usable) throw unavailable(facts);
      return createContainer(context, facts, plan, call);
    },
    ...operations(context),
    sweep: async () => [...(await context.store.sweep()), ...(await sweepVolumes(context)), ...(await sweepTrials())],
    close: async () => {},
  };
}

type Operation = 'start' | 'resolve' | 'inspect' | 'list' | 'wait' | 'logs' | 'stop' | 'kill' | 'remove';

/** What is done to containers by id: needs their records and processes, not the engine. */
function operations(context: BackendContext): Pick<Backend, Operation> {
  const require = async (id: string, operation: Operation): Promise<StoredContainer> => {
    const stored = await context.store.find(id);
    if (stored === undefined) throw containerNotFound(id, operation);
    return stored;
  };
  return {
    start: async (id, call) => startContainer(context, await require(id, 'start'), call),
    async resolve(idOrName) {
      const stored = (await context.store.find(idOrName)) ?? (await context.store.findByName(idOrName));
      return stored?.record.id;
    },
    inspect: (ids) => inspectContainers(context, ids),
    list: (labels) => listContainers(context, labels),
    async wait(id, call) {
      const stored = await context.store.find(id);
      if (stored !== undefined) await waitForEnd(context, stored, call);
    },
    async *logs(id, request, call) {
      yield* readLogs(context, await require(id, 'logs'), request, call);
    },
    stop: async (id, { graceSeconds }, call) => stopContainer(context, await require(id, 'stop'), graceSeconds, call),
    kill: async (id, signal, call) => killContainer(context, await require(id, 'kill'), signal, call),
    async remove(id, call) {
      const stored = await context.store.find(id);
      if (stored !== undefined) await removeContainer(context, stored, call);
    },
  };
}
