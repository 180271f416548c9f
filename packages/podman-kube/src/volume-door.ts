import { randomBytes } from 'node:crypto';
import {
  emptyImage,
  inOwnTime,
  label,
  ownLabels,
  type BackendCall,
  type EmptyImage,
  type Estate,
} from '@fairlead/core/backend';
import { csvRecord, flag, positional } from '@fairlead/subprocess';
import { createdId, removeContainer, resolveContainer } from './containers.ts';
import type { PodmanCli, PodmanRun } from './podman-cli.ts';
import type { EngineRecord } from './engine-record.ts';

/** A container that never starts and through which a volume's files can be copied (L38, L39). */
export interface VolumeDoor extends AsyncDisposable {
  readonly container: string;
  /** Where the volume is mounted: a place that no link in a volume is made for. */
  readonly target: string;
}

/** What is needed to open one. */
export interface DoorContext {
  readonly cli: PodmanCli;
  readonly estate: Estate;
  readonly engine: (call: BackendCall) => Promise<EngineRecord>;
}

/** Makes such a container from an image without files, which is loaded once. It is removed with the door. */
export async function openVolumeDoor(
  { cli, estate, engine }: DoorContext,
  volume: string,
  call: BackendCall,
): Promise<VolumeDoor> {
  const image = emptyImage((await engine(call)).architecture);
  const name = `f-door-${randomBytes(12).toString('hex')}`;
  const target = `/fairlead-${randomBytes(12).toString('hex')}`;
  const labels = { ...ownLabels(estate), [label.role]: 'helper' };
  const remove = (id: string): Promise<void> => inOwnTime(30_000, (own) => removeContainer(cli, id, own));
  try {
    const run = { operation: 'readFile', args: doorArgs({ name, labels, volume, target, image: image.name }) };
    const container = await createWithImage(cli, { run, image }, call);
    return { container, target, [Symbol.asyncDispose]: () => remove(container) };
  } catch (error) {
    // The name is ours alone: what a cut create made is found by it.
    await inOwnTime(30_000, async (own) => {
      const made = await resolveContainer(cli, name, own);
      if (made !== undefined) await removeContainer(cli, made, own);
    });
    throw error;
  }
}

interface DoorCreate {
  readonly run: PodmanRun;
  readonly image: EmptyImage;
}

/** Creates; the image is loaded when it turns out to be missing, which is once in the life of a store. */
async function createWithImage(cli: PodmanCli, { run, image }: DoorCreate, call: BackendCall): Promise<string> {
  const first = await cli.ask(run, call);
  if (first.code === 0) return createdId(first.stdout.toString());
  const error = await cli.fail(run, first);
  if (error.code !== 'IMAGE_NOT_FOUND') throw error;
  await cli.run({ operation: 'load', args: ['load', '--quiet'], input: image.tar, scratch: true }, call);
  const { stdout } = await cli.run(run, call);
  return createdId(stdout.toString());
}

interface Door {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly volume: string;
  readonly target: string;
  readonly image: string;
}

/** The arguments of `podman create` for a door. */
export function doorArgs({ name, labels, volume, target, image }: Door): readonly string[] {
  return [
    'create',
    flag('name', name),
    flag('pull', 'never'),
    flag('network', 'none'),
    flag('log-driver', 'none'),
    '--no-healthcheck',
    ...Object.entries(labels).map(([key, value]) => flag('label', `${key}=${value}`)),
    flag('mount', csvRecord(['type=volume', `source=${volume}`, `target=${target}`, 'ro=true'])),
    positional(image),
  ];
}
