import type { Backend, BackendCall, Estate } from '@fairlead/core/backend';
import {
  inspectContainers,
  killContainer,
  labelledContainers,
  resolveContainer,
  startContainer,
  stopContainer,
  waitForContainer,
} from './containers.ts';
import { createContainer } from './create.ts';
import { execInContainer } from './exec.ts';
import { podmanImages } from './images.ts';
import { podmanKube } from './kube/kube.ts';
import { readLogs } from './logs.ts';
import { openMounts } from './mount/mounts.ts';
import { removeWithMount } from './mount/remove-with-mount.ts';
import type { PodmanKubeOptions } from './options.ts';
import { openPodmanCli } from './podman-cli.ts';
import { probePodman, readEngine } from './probe.ts';
import type { EngineRecord } from './engine-record.ts';
import { refusePlan } from './refuse.ts';
import { sweepScratch } from './scratch.ts';
import { openVolumeDoor } from './volume-door.ts';
import { podmanVolumes } from './volumes.ts';

/** The podman command as a backend: every call is a process of its own, and no socket or service is needed (B27). */
export function openBackend(options: PodmanKubeOptions, estate: Estate): Backend {
  const cli = openPodmanCli(options, estate.session);
  let known: EngineRecord | undefined;
  const engine = async (call: BackendCall): Promise<EngineRecord> => (known ??= await readEngine(cli, call));
  const mounts = openMounts({ cli, estate, engine });
  const volumes = podmanVolumes({
    cli,
    engine,
    openDoor: (volume, call) => openVolumeDoor({ cli, estate, engine }, volume, call),
  });
  return {
    formats: ['registry'],
    loads: ['docker-archive', 'oci-archive'],
    probe: (call) => probePodman({ cli, estate, onEngine: (told) => (known = told) }, call),
    refuse: refusePlan,
    create: (plan, call) => createContainer({ cli, volumes, engine, mounts }, plan, call),
    start: (id, call) => startContainer(cli, id, call),
    resolve: (idOrName, call) => resolveContainer(cli, idOrName, call),
    inspect: (ids, call) => inspectContainers(cli, ids, call),
    list: (labels, call) => labelledContainers(cli, labels, call),
    wait: (id, call) => waitForContainer(cli, id, call),
    logs: (id, request, call) => readLogs(cli, { id, request }, call),
    stop: (id, { graceSeconds }, call) => stopContainer(cli, { id, graceSeconds }, call),
    kill: (id, signal, call) => killContainer(cli, { id, signal }, call),
    remove: (id, call) => removeWithMount({ cli, mounts }, id, call),
    exec: (id, request, call) => execInContainer(cli, { id, request }, call),
    images: podmanImages(cli, engine),
    volumes,
    kube: podmanKube({ cli, estate, engine }),
    sweep: async (call) => [...(await sweepScratch()), ...(await mounts.sweep(call))],
    close: () => Promise.resolve(),
  };
}
