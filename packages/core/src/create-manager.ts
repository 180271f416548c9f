import { adopt, getContainer } from './manager/adopt.ts';
import { checkForRefusals } from './manager/check.ts';
import { removeById } from './manager/container-handle.ts';
import { engineCall, find, openContext, plainCall, type ManagerContext, type ManagerParts } from './manager/context.ts';
import { createVolume } from './manager/create-volume.ts';
import { ensureImage, resolveImage, runnableFormats, withMount } from './manager/ensure-image.ts';
import { startExec } from './manager/exec.ts';
import { toInfo } from './manager/info.ts';
import { requireKnown } from './manager/known-options.ts';
import { kubeOf, playKube } from './manager/kube-play.ts';
import { listContainers } from './manager/list.ts';
import { managerLogs } from './manager/logs.ts';
import { mountableFormats } from './manager/mount-image.ts';
import { reap } from './manager/reap.ts';
import { createContainer, runContainer, runToCompletion } from './manager/run.ts';
import { killContainer, startContainer, stopContainer } from './manager/stop.ts';
import { volumesOf } from './manager/volumes.ts';
import { waitFor } from './manager/wait.ts';
import type { ContainerManager, Images } from './manager.ts';

/**
 * A manager over a backend: validation, guard, naming, ownership, handles and undoing are here, once for all engines.
 */
export function createManager(parts: ManagerParts): ContainerManager {
  const context = openContext(parts);
  const native = parts.backend.formats;
  const formats = runnableFormats(parts);
  return {
    backend: parts.name,
    formats,
    converts: formats.filter((format) => format !== 'registry').filter((format) => !native.includes(format)),
    mounts: mountableFormats(parts),
    owner: parts.estate.owner,
    ...containersOf(context),
    volumes: volumesOf(context),
    createVolume: (spec, options) => createVolume(context, spec, options),
    images: imagesOf(context),
    kube: kubeOf(context),
    playKube: (input, options) => playKube(context, input, options),
    reap: (options = {}) => engineCall(context, 'reap', options, (call) => reap(context, options, call)),
    [Symbol.asyncDispose]: () => close(context),
  };
}

type OfContainers =
  | ('probe' | 'check' | 'run' | 'create' | 'start' | 'runToCompletion' | 'get' | 'adopt' | 'list' | 'inspect')
  | ('wait' | 'logs' | 'exec' | 'stop' | 'kill' | 'remove');

function containersOf(context: ManagerContext): Pick<ContainerManager, OfContainers> {
  return {
    probe: (options) => plainCall(context, 'probe', options, (call) => context.probes.any(call)),
    check: (spec, options) => plainCall(context, 'check', options, (call) => checkForRefusals(context, spec, call)),
    run: (spec, options) => runContainer(context, spec, options),
    create: (spec, options) => createContainer(context, spec, options),
    start: (id, options) => startContainer(context, id, options),
    runToCompletion: (spec, options) => runToCompletion(context, spec, options),
    get: (idOrName, options) => getContainer(context, idOrName, options),
    adopt: (ref, options) => adopt(context, ref, options),
    list: (filter = {}, options = {}) => listContainers(context, filter, options),
    inspect: (idOrName, options) =>
      plainCall(context, 'inspect', options, async (call) => toInfo(context, await find(context, idOrName, call))),
    wait: (id, options) => plainCall(context, 'wait', options, (call) => waitFor(context, id, call)),
    logs: managerLogs(context),
    exec: (id, command, options) => startExec(context, { id, command }, options),
    stop: (id, options) => stopContainer(context, id, options),
    kill: (id, signal, options) => killContainer(context, { id, signal }, options),
    remove: (id, options) => removeById(context, id, options),
  };
}

function imagesOf(context: ManagerContext): Images {
  return {
    ensure: (image, options = {}) =>
      engineCall(context, 'images.ensure', options, async ({ signal }) => {
        requireKnown('images.ensure', options, ['onProgress']);
        const resolved = await withMount(context, await resolveImage(context, image, { signal }), { signal });
        const { onProgress = () => undefined } = options;
        return (await ensureImage(context, resolved, { signal, onProgress })).ensured;
      }),
  };
}

/** Ends background work, but not the removal of what has ended, and then the connections. */
async function close({ closing, removals, backend }: ManagerContext): Promise<void> {
  if (closing.signal.aborted) return;
  closing.abort(new Error('the manager was disposed'));
  await Promise.all(removals.values());
  await backend.close();
}
