import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManagerOptions } from '@fairlead/core/backend';
import {
  childSession,
  shellScript,
  type Door,
  type Look,
  type Step,
  type Target,
  type TargetImages,
} from '@fairlead/conformance';
import { imageKnowledge } from '@fairlead/images';
import { loadBackend } from './backends.ts';
import { freshImage } from './fresh-image.ts';
import { apptainerLook } from './apptainer-look.ts';
import { podmanLook } from './podman-look.ts';
import { readPlace, type Place, type PlaceDoor } from './place.ts';
import { socketLook } from './socket-look.ts';
import { unreachableOptions } from './unreachable.ts';
import { unseenLayout } from './unseen-image.ts';

/** The target that this process was started for. Child sessions call it too. */
export async function openTarget(name: string): Promise<Target> {
  const place = readPlace();
  if (place.name !== name) throw new Error(`this process was started for ${place.name}, not for ${name}`);
  const module = await loadBackend(place.backend);
  await mkdir(place.folder, { recursive: true });
  const own: ManagerOptions = {
    images: imageKnowledge,
    ...(place.stateFolder === undefined ? {} : { stateFolder: place.stateFolder }),
  };
  return {
    name,
    folder: place.folder,
    connect: (options) => module.connect(place.options, { ...own, ...options }),
    workload: (steps, rest = []) => ({
      image: place.images.plain,
      command: ['sh', '-c', shellScript(steps), 'sh', ...rest],
    }),
    kubeContainer: (steps) => kubeContainer(place, steps),
    images: await makeImages(place),
    look: lookOf(place),
    doors: await Promise.all(place.doors.map((door) => openDoor(door, own))),
    startSession: (options) => childSession({ module: import.meta.url, name }, options),
    unreachable: (await unreachableOptions(place)).map(({ options, ...told }) => ({
      ...told,
      connect: () => module.connect(options, own),
    })),
  };
}

async function openDoor({ name, backend, options }: PlaceDoor, own: ManagerOptions): Promise<Door> {
  const module = await loadBackend(backend);
  return { name, connect: (managerOptions) => module.connect(options, { ...own, ...managerOptions }) };
}

function kubeContainer({ images }: Place, steps: readonly Step[]): Readonly<Record<string, unknown>> {
  return { image: images.plain, imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', shellScript(steps)] };
}

async function makeImages({ backend, folder, images }: Place): Promise<TargetImages> {
  const made = join(folder, madeFolders[0]);
  const renamed = join(made, 'model.bin');
  const truncated = join(made, 'truncated.sif');
  const { plain, configured, missing, toChange, unpulled } = images;
  // Child sessions open the target again: what is there is not made anew under a case that reads it.
  if ((await stat(made).catch(() => undefined)) === undefined) {
    await mkdir(made, { recursive: true });
    await copyFile(images.toRename, renamed);
    await writeFile(truncated, (await readFile(images.toTruncate)).subarray(0, promisingBytes));
  }
  const unseen = toChange === undefined ? {} : { unseen: (within: string) => unseenLayout(toChange, within) };
  const loadsFresh = backend !== 'singularity';
  const fresh = (place: string): Promise<string> => freshImage(images.toFreshen, place);
  const forms = [...images.forms, renamed];
  const { configuredFile, toMount } = images;
  const mountable = toMount === undefined ? {} : { mountable: (place: string) => freshImage(toMount, place) };
  const common = { plain, configured, forms, missing, truncated, unpulled, fresh, loadsFresh, configuredFile };
  return { ...common, ...unseen, ...mountable };
}

/** Enough of an image to promise one, and too little to be one. */
const promisingBytes = 48 * 1024;

/** What `openTarget` makes below a place's folder. */
const madeFolders = ['images', 'unreachable'] as const;

/** Removes what `openTarget` made. */
export async function closeTarget({ folder }: Place): Promise<void> {
  for (const made of madeFolders) await rm(join(folder, made), { recursive: true, force: true });
}

function lookOf(place: Place): Look {
  if (place.socketPath !== undefined) return socketLook(place.socketPath);
  return place.backend === 'singularity' ? apptainerLook(place) : podmanLook(place.cli);
}
