import type { Mount } from '@fairlead/core';
import {
  groupByMount,
  tarFiles,
  type BackendCall,
  type BackendVolumes,
  type CreatePlan,
  type PlannedFile,
} from '@fairlead/core/backend';
import { flag, positional } from '@fairlead/subprocess';
import { createdId, inspectRecords } from './containers.ts';
import { createArgs, type CreateFacts } from './create-args.ts';
import { openSecretFile, splitEnvironment } from './environment.ts';
import { failure } from './errors.ts';
import { explicitPlan, nothingToRun } from './mount/explicit-plan.ts';
import type { ImageMounts } from './mount/mounts.ts';
import type { PodmanCli } from './podman-cli.ts';
import type { EngineRecord } from './engine-record.ts';
import { parseImage } from './records.ts';
import { isBefore } from './version.ts';

/** What a create needs of its backend. */
export interface CreateContext {
  readonly cli: PodmanCli;
  readonly volumes: BackendVolumes;
  readonly engine: (call: BackendCall) => Promise<EngineRecord>;
  readonly mounts: ImageMounts;
}

/** Creates a container and copies its files in; mounts its image where that is planned. @returns the full id */
export async function createContainer(context: CreateContext, plan: CreatePlan, call: BackendCall): Promise<string> {
  await requireVolumes(context.volumes, plan.mounts, call);
  if (plan.mounted === undefined) return create(context, { plan }, call);
  const { plan: explicit, volumes: imageVolumes } = explicitPlan(plan);
  return context.mounts.under(plan, (root) => create(context, { plan: explicit, root, imageVolumes }, call), call);
}

interface Creation extends Pick<CreateFacts, 'root' | 'imageVolumes'> {
  readonly plan: CreatePlan;
}

async function create({ cli, engine }: CreateContext, creation: Creation, call: BackendCall): Promise<string> {
  const { plan, root, imageVolumes } = creation;
  const environment = splitEnvironment(plan.env);
  const { remote, cgroupControllers, version } = await engine(call);
  const limitsPids = cgroupControllers.includes('pids');
  const imageEntrypoint = root === undefined ? await readEntrypoint(cli, plan, call) : [];
  using variables = openSecretFile(environment.file);
  const { stdout } = await cli.run(
    {
      operation: 'create',
      args: createArgs(plan, { environment, remote, limitsPids, imageEntrypoint, root, imageVolumes }),
      input: variables.input,
      env: environment.inherited,
      secrets: Object.values(plan.env),
    },
    call,
  );
  const id = createdId(stdout.toString());
  const targets = plan.files.length === 0 ? [] : await mountTargets(cli, { id, plan, version }, call);
  for (const { folder, tar } of fileTars(plan.files, targets)) {
    // Without `--archive=false` podman gives the files to the container's user (C82).
    const args = ['cp', flag('archive', false), '-', `${id}:${folder}`];
    // podman 4.3 leaves a copy of its input in the folder for temporary files.
    await cli.run({ operation: 'create', args, input: tar, scratch: true }, call);
  }
  return id;
}

/**
 * The mounts into which files are copied. A volume that only the image asks for is filled with what the image has there:
 * at creation by podman 5, which then no longer looks below it, and by podman 4 at the start, unless there is something
 * in it (measured on 4.3 and 5.8). So it takes files itself on the one, and on the other they lie below it.
 */
async function mountTargets(
  cli: PodmanCli,
  { id, plan, version }: { readonly id: string; readonly plan: CreatePlan; readonly version: string },
  call: BackendCall,
): Promise<readonly string[]> {
  if (isBefore(version, '5.0')) return plan.mounts.map(({ target }) => target);
  const [found] = await inspectRecords(cli, [id], call);
  return found?.mountTargets ?? [];
}

/** The image's entrypoint, where the plan says to run it without arguments. */
async function readEntrypoint(cli: PodmanCli, plan: CreatePlan, call: BackendCall): Promise<readonly string[]> {
  if (plan.entrypoint !== undefined || plan.command?.length !== 0) return [];
  const args = ['image', 'inspect', positional(plan.ensured.id)];
  const { stdout } = await cli.run({ operation: 'create', args }, call);
  const { entrypoint } = parseImage(stdout.toString());
  if (entrypoint.length > 0) return entrypoint;
  throw nothingToRun();
}

/** podman makes volumes that are named in a mount and do not exist; the spec says that they exist. */
async function requireVolumes(volumes: BackendVolumes, mounts: readonly Mount[], call: BackendCall): Promise<void> {
  for (const mount of mounts) {
    if (mount.type !== 'volume' || (await volumes.inspect(mount.volume, call)) !== undefined) continue;
    throw failure({
      code: 'VOLUME_NOT_FOUND',
      operation: 'create',
      message: `no volume has exactly the name ${JSON.stringify(mount.volume)}`,
      hint: 'Make it with createVolume() first.',
      details: { volume: mount.volume },
    });
  }
}

/** Files to copy, as one tar for the root and one for each mount they lie in: podman does not look through mounts. */
export function fileTars(
  files: readonly PlannedFile[],
  mounts: readonly string[],
): readonly { readonly folder: string; readonly tar: Uint8Array }[] {
  return groupByMount(files, mounts).map(({ root, files: within }) => ({
    folder: root,
    tar: tarFiles(within.map(({ name, file: { content, mode } }) => ({ name, content, mode }))),
  }));
}
