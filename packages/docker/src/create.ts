import { groupByMount, tarFiles, type BackendCall, type CreatePlan, type FileGroup } from '@fairlead/core/backend';
import type { EngineClient } from './client.ts';
import { createBody, logConfigFor } from './create-body.ts';
import { failure } from './errors.ts';
import { findVolume } from './find-volume.ts';
import { imageEntrypoint } from './images.ts';
import { parseCreated, parseMountTargets } from './records.ts';

/** Creates the container of a plan and copies its files in. @throws FairleadError `INVALID_SPEC` for nothing to run */
export async function createContainer(
  client: EngineClient,
  planned: CreatePlan,
  { signal }: BackendCall,
): Promise<string> {
  const plan = await withEntrypoint(client, planned, { signal });
  for (const mount of plan.mounts) {
    if (mount.type === 'volume') await requireVolume(client, mount.volume, { signal });
  }
  const identity = await client.identify(signal);
  const created = await client.json({
    operation: 'create',
    signal,
    method: 'POST',
    path: ['containers', 'create'],
    query: { name: plan.name },
    body: createBody(plan, logConfigFor(identity)),
  });
  const { id, warnings } = parseCreated(created);
  requireHonoured(warnings);
  if (plan.files.length > 0) {
    const targets = await mountTargets(client, id, { plan, podman: identity.podman }, { signal });
    for (const group of groupByMount(plan.files, targets)) await putFiles(client, id, group, { signal });
  }
  return id;
}

/** An empty list of arguments means "the image's own" to the engine, unless the entrypoint is given with it. */
async function withEntrypoint(client: EngineClient, plan: CreatePlan, call: BackendCall): Promise<CreatePlan> {
  if (plan.entrypoint !== undefined || plan.command?.length !== 0) return plan;
  const entrypoint = await imageEntrypoint(client, plan.ensured.id, call);
  if (entrypoint.length > 0) return { ...plan, entrypoint };
  throw failure({
    code: 'INVALID_SPEC',
    operation: 'create',
    message: 'there is nothing to run: the command is empty, and the image has no entrypoint',
    hint: "Give a command, or leave it out to run the image's own.",
  });
}

/**
 * The mounts into which files are copied one by one. Docker unpacks through mounts; Podman behind the same API does not.
 * A volume that only the image asks for is filled by Podman 5 at creation and by Podman 4 at the start, from below and
 * unless there is something in it (measured on 4.3 and 5.8).
 */
async function mountTargets(
  client: EngineClient,
  id: string,
  { plan, podman }: { readonly plan: CreatePlan; readonly podman: string | undefined },
  { signal }: BackendCall,
): Promise<readonly string[]> {
  if (podman === undefined) return [];
  if (Number.parseInt(podman, 10) < 5) return plan.mounts.map(({ target }) => target);
  const path = ['containers', id, 'json'];
  return parseMountTargets(await client.json({ operation: 'create', signal, method: 'GET', path }));
}

/** The engine would make a volume that is not there. */
async function requireVolume(client: EngineClient, name: string, call: BackendCall): Promise<void> {
  if ((await findVolume(client, name, call)) !== undefined) return;
  throw failure({
    code: 'VOLUME_NOT_FOUND',
    operation: 'create',
    message: `there is no volume ${JSON.stringify(name)}`,
    hint: 'Create it first with createVolume().',
    details: { volume: name },
  });
}

/** An engine that drops a limit says so in a warning only (C15). */
function requireHonoured(warnings: readonly string[]): void {
  const dropped = warnings.find((warning) => /discarded|not supported and ignored|are ignored/i.test(warning));
  if (dropped === undefined) return;
  throw failure({
    code: 'UNSUPPORTED',
    operation: 'create',
    message: `the engine would ignore a part of the spec: ${dropped}`,
    hint: 'Leave the limit out, or use an engine that can enforce it.',
  });
}

async function putFiles(
  client: EngineClient,
  id: string,
  { root, files }: FileGroup,
  { signal }: BackendCall,
): Promise<void> {
  await client.json({
    operation: 'create',
    signal,
    method: 'PUT',
    path: ['containers', id, 'archive'],
    // A file that would replace a folder is a mistake, not a wish.
    query: { path: root, noOverwriteDirNonDir: '1' },
    tar: tarFiles(files.map(({ name, file: { content, mode } }) => ({ name, content, mode }))),
  });
}
