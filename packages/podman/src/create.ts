import type { FairleadError } from '@fairlead/core';
import { groupByMount, type BackendCall, type CreatePlan } from '@fairlead/core/backend';
import type { LibpodClient } from './client.ts';
import { readContainer } from './containers.ts';
import { createBody } from './create-body.ts';
import type { EngineRecord } from './engine-record.ts';
import { failure } from './errors.ts';
import { copyFiles } from './files.ts';
import { inspectImage } from './images.ts';
import { parseCreated } from './records.ts';
import { findVolume } from './volumes.ts';

/** Creates a container and copies its files in. @returns the full id @throws FairleadError `INVALID_SPEC` */
export async function createContainer(
  client: LibpodClient,
  plan: CreatePlan,
  engine: EngineRecord,
  call: BackendCall,
): Promise<string> {
  await checkVolumes(client, plan, call);
  const body = createBody(plan, {
    limitsPids: engine.cgroupControllers.includes('pids'),
    imageEntrypoint: await readEntrypoint(client, plan, call),
  });
  const { signal } = call;
  const path = ['containers', 'create'];
  const created = parseCreated(await client.json({ operation: 'create', signal, method: 'POST', path, body }));
  checkWarnings(plan, created.warnings);
  if (plan.files.length > 0) {
    const targets = await mountTargets(client, created.id, { plan, engine }, call);
    await copyFiles(client, created.id, groupByMount(plan.files, targets), call);
  }
  return created.id;
}

/** The image's entrypoint, where the plan says to run it without arguments. */
async function readEntrypoint(client: LibpodClient, plan: CreatePlan, call: BackendCall): Promise<readonly string[]> {
  if (plan.entrypoint !== undefined || plan.command?.length !== 0) return [];
  const { entrypoint } = await inspectImage(client, plan.ensured.id, call);
  if (entrypoint.length > 0) return entrypoint;
  throw failure({
    code: 'INVALID_SPEC',
    operation: 'create',
    message: 'there is nothing to run: the command is empty, and the image has no entrypoint',
    hint: "Give a command, or leave it out to run the image's own.",
  });
}

/**
 * The mounts into which files are copied. A volume that only the image asks for is filled with what the image has there:
 * at creation by Podman 5, which then no longer looks below it, and by Podman 4 at the start, unless there is something
 * in it (measured on 4.3 and 5.8). So it takes files itself on the one, and on the other they lie below it.
 */
async function mountTargets(
  client: LibpodClient,
  id: string,
  { plan, engine }: { readonly plan: CreatePlan; readonly engine: EngineRecord },
  call: BackendCall,
): Promise<readonly string[]> {
  if (Number.parseInt(engine.version, 10) < 5) return plan.mounts.map(({ target }) => target);
  return (await readContainer(client, id, call))?.mountTargets ?? [];
}

/** The engine would make volumes that are missing, in silence, and nobody would remove them. */
async function checkVolumes(client: LibpodClient, { mounts }: CreatePlan, call: BackendCall): Promise<void> {
  for (const mount of mounts) {
    if (mount.type !== 'volume' || (await findVolume(client, mount.volume, call)) !== undefined) continue;
    throw failure({
      code: 'VOLUME_NOT_FOUND',
      operation: 'create',
      message: `no volume has exactly the name ${JSON.stringify(mount.volume)}`,
      hint: 'Make it with createVolume first.',
      details: { volume: mount.volume },
    });
  }
}

/** A limit that was asked for and dropped is told in a warning of a create that succeeds (C15). */
function checkWarnings({ resources }: CreatePlan, warnings: readonly string[]): void {
  const dropped = warnings.find((warning) => /ignored|discarded/i.test(warning));
  if (dropped === undefined || Object.values(resources).every((limit) => limit === undefined)) return;
  throw limitDropped(dropped);
}

function limitDropped(warning: string): FairleadError {
  return failure({
    code: 'UNSUPPORTED',
    operation: 'create',
    message: `the engine would run it without its limits: ${warning}`,
    hint: 'Give this user the cgroup controllers, or leave out resources.',
  });
}
