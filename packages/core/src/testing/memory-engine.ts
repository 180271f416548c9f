import { shortenRegistryName } from '../image/registry-name.ts';
import { randomBytes } from 'node:crypto';
import { FairleadError } from '../errors.ts';
import type { ImageRef } from '../image/image.ts';
import type { CreatePlan } from '../plan.ts';
import type { Supports } from '../support.ts';
import type { BackendVolume } from '../backend/backend.ts';
import type { BackendPlayInfo } from '../backend/backend-kube.ts';
import { label } from '../estate/labels.ts';
import { MemoryContainer } from './memory-container.ts';
import type { MemoryMount } from './memory-mounts.ts';
import type { MemoryImage, MemoryProgram } from './memory-program.ts';
import {
  folderMark,
  hostLayer,
  memoryLayer,
  programFiles,
  type FileLayer,
  type MemoryFolder,
  type ProgramFiles,
} from './program-files.ts';

/** What an in-memory engine has. */
export interface MemoryEngineOptions {
  /** What each image does, by reference: `{ 'busybox:1.36': ({ stdout }) => stdout.write('hello\n') }`. */
  readonly programs?: Readonly<Record<string, MemoryProgram | MemoryImage>> | undefined;
  /** What it declares instead of `native`, to try how code copes with an engine that cannot do something. */
  readonly supports?: Partial<Supports> | undefined;
}

/** A volume of the in-memory engine. */
export interface MemoryVolume extends BackendVolume {
  readonly files: MemoryFolder;
}

/** A play of the in-memory engine. */
export interface MemoryPlay extends BackendPlayInfo {
  readonly owner: string;
}

/** An engine without processes: what managers that share it have in common. Its maps are for tests to look at. */
export class MemoryEngine {
  readonly id: string = randomBytes(16).toString('hex');
  readonly supports: Partial<Supports>;
  readonly images: Map<string, MemoryImage> = new Map();
  /** Names of the images that were loaded, in order; one that was loaded twice is there twice. */
  readonly loads: string[] = [];
  readonly containers: Map<string, MemoryContainer> = new Map();
  readonly volumes: Map<string, MemoryVolume> = new Map();
  readonly secrets: Map<string, string> = new Map();
  readonly pods: Map<string, string> = new Map();
  readonly plays: Map<string, MemoryPlay> = new Map();
  /** Image files that are mounted, by the id of the mount. */
  readonly mounts: Map<string, MemoryMount> = new Map();

  constructor({ programs = {}, supports = {} }: MemoryEngineOptions = {}) {
    this.supports = supports;
    for (const [reference, program] of Object.entries(programs)) {
      this.images.set(shortenRegistryName(reference), typeof program === 'function' ? { run: program } : program);
    }
  }

  /** The image that a reference names. @throws FairleadError `IMAGE_NOT_FOUND` */
  image(image: ImageRef): MemoryImage {
    const name = image.format === 'registry' ? image.name : image.path;
    const found = this.images.get(shortenRegistryName(name));
    if (found !== undefined) return found;
    throw new FairleadError({
      code: 'IMAGE_NOT_FOUND',
      operation: 'ensure',
      message: `no program stands for the image ${JSON.stringify(name)}`,
      hint: `There are: ${[...this.images.keys()].join(', ') || 'none'}. Give one to memory({ programs }).`,
      details: { image: name },
    });
  }

  /** Makes a container. @throws FairleadError `CONFLICT`, `VOLUME_NOT_FOUND` */
  create(plan: CreatePlan, pod?: string): MemoryContainer {
    if (this.named(plan.name) !== undefined) throw nameTaken('container', plan.name);
    const image = this.#imageOf(plan);
    const id = randomBytes(32).toString('hex');
    const container = new MemoryContainer({ id, plan, image, files: this.#filesOf(plan, image), pod });
    this.containers.set(id, container);
    return container;
  }

  /** The container of exactly this name. */
  named(name: string): MemoryContainer | undefined {
    return [...this.containers.values()].find(({ plan }) => plan.name === name);
  }

  /** The container of this full id. @throws FairleadError `CONTAINER_NOT_FOUND` */
  container(id: string): MemoryContainer {
    const found = this.containers.get(id);
    if (found !== undefined) return found;
    throw new FairleadError({
      code: 'CONTAINER_NOT_FOUND',
      message: `no container has the id ${JSON.stringify(id)}`,
      details: { container: id },
    });
  }

  /** Kills and forgets a container. */
  remove(id: string): void {
    this.containers.get(id)?.deliver('SIGKILL');
    this.containers.get(id)?.log.close();
    this.containers.delete(id);
  }

  /** What is mounted knows nothing of a configuration: the plan's counts. */
  #imageOf({ labels, ensured, imageConfig }: CreatePlan): MemoryImage {
    const program = this.mounts.get(labels[label.mount] ?? '')?.program;
    if (program !== undefined) return { ...this.image({ format: 'registry', name: program }), config: imageConfig };
    return this.images.get(ensured.id) ?? { run: () => 0 };
  }

  #filesOf(plan: CreatePlan, image: MemoryImage): ProgramFiles {
    const root: MemoryFolder = new Map();
    for (const folder of ['/tmp', '/etc', '/dev/shm'])
      root.set(`${folder}/${folderMark}`, { bytes: new Uint8Array(), mode: 0 });
    for (const [path, text] of Object.entries(image.files ?? {}))
      root.set(path, { bytes: new TextEncoder().encode(text), mode: 0o644 });
    for (const { target, content, mode } of plan.files) root.set(target, { bytes: content, mode });
    const layers = plan.mounts.map((mount): FileLayer => {
      const readOnly = mount.readOnly === true;
      if (mount.type === 'bind') return hostLayer(mount.target, mount.source, readOnly);
      if (mount.type === 'tmpfs') return memoryLayer(mount.target, new Map(), { readOnly, sizeBytes: mount.sizeBytes });
      return memoryLayer(mount.target, this.volume(mount.volume).files, { readOnly });
    });
    const shared = memoryLayer('/dev/shm', new Map(), { readOnly: false });
    return programFiles([memoryLayer('', root, { readOnly: plan.readOnlyRootfs }), shared, ...layers]);
  }

  /** The volume of exactly this name. @throws FairleadError `VOLUME_NOT_FOUND` */
  volume(name: string): MemoryVolume {
    const found = this.volumes.get(name);
    if (found !== undefined) return found;
    throw new FairleadError({
      code: 'VOLUME_NOT_FOUND',
      message: `no volume has the name ${JSON.stringify(name)}`,
      details: { volume: name },
    });
  }
}

/** The error for a name that something has already. */
export function nameTaken(kind: string, name: string): FairleadError {
  return new FairleadError({
    code: 'CONFLICT',
    message: `there is a ${kind} with the name ${JSON.stringify(name)}`,
    details: { name },
  });
}
