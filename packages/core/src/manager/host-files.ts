import { chmod, mkdir, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FairleadError } from '../errors.ts';
import type { RunPlan } from '../plan.ts';
import type { UsableProbe } from '../probe.ts';
import type { BindMount, Mount } from '../spec.ts';
import type { ManagerContext } from './context.ts';
import { bindsFiles } from './guard.ts';
import { makeCopiesFolder, removeCopies } from './private-copies.ts';

/** What a run made on this host, and how to take it back. */
export interface HostFiles {
  readonly plan: RunPlan;
  undo(): Promise<void>;
}

/**
 * Checks that every bind source exists, before any effect; `missing: 'create'` ones may be absent.
 * @throws FairleadError `MOUNT_SOURCE_MISSING`, `ACCESS_DENIED`
 */
export async function checkSources(backend: string, mounts: readonly Mount[]): Promise<void> {
  for (const mount of mounts) {
    if (mount.type !== 'bind') continue;
    await stat(mount.source).catch((error: NodeJS.ErrnoException) => {
      if (mount.missing !== 'create' || error.code !== 'ENOENT') throw sourceError(backend, mount, error);
    });
  }
}

/** Makes missing bind sources, and private copies of files that are to be bound. */
export async function prepareHostFiles(
  context: ManagerContext,
  { plan, probe }: { readonly plan: RunPlan; readonly probe: UsableProbe },
): Promise<HostFiles> {
  const made: string[] = [];
  const undo = async (): Promise<void> => {
    await removeCopies(context.estate, plan.labels);
    // Only folders that are still empty are ours to take back.
    for (const path of made.toReversed()) await rmdir(path).catch(() => undefined);
  };
  try {
    for (const mount of plan.mounts) {
      if (mount.type === 'bind' && mount.missing === 'create') await makeSource(context.name, mount, made);
    }
    if (!bindsFiles(context, plan)) return { plan, undo };
    const binds = await copyFiles(context, plan, probe.engineId);
    return { plan: { ...plan, files: [], mounts: [...plan.mounts, ...binds] }, undo };
  } catch (error) {
    await undo();
    throw error;
  }
}

async function makeSource(backend: string, mount: BindMount, made: string[]): Promise<void> {
  try {
    await makeFolder(mount.source, made);
  } catch (error) {
    // Errors of node:fs carry a code.
    throw sourceError(backend, mount, error as NodeJS.ErrnoException);
  }
}

/** Makes a folder and those above it, one by one, so that what was made is known whatever fails. */
async function makeFolder(path: string, made: string[]): Promise<void> {
  const present = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (present !== undefined) return;
  await makeFolder(dirname(path), made);
  const isNew = await mkdir(path, { mode: 0o755 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return false;
    },
  );
  if (isNew) made.push(path);
}

async function copyFiles(context: ManagerContext, plan: RunPlan, engineId: string): Promise<readonly BindMount[]> {
  const folder = await makeCopiesFolder(context.estate, { labels: plan.labels, container: plan.name, engineId });
  const binds: BindMount[] = [];
  for (const [index, file] of plan.files.entries()) {
    const source = `${folder}/${index}`;
    await writeFile(source, file.content, { mode: 0o600 });
    // Not through writeFile's mode: the umask would take bits away.
    await chmod(source, file.mode);
    binds.push({ type: 'bind', source, target: file.target, readOnly: true });
  }
  return binds;
}

function sourceError(backend: string, mount: BindMount, error: NodeJS.ErrnoException): FairleadError {
  const denied = error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS';
  const quoted = JSON.stringify(mount.source);
  return new FairleadError({
    code: denied ? 'ACCESS_DENIED' : 'MOUNT_SOURCE_MISSING',
    backend,
    message: denied
      ? `the mount source ${quoted} is out of reach for this user`
      : `the mount source ${quoted} does not exist`,
    hint: denied
      ? 'Give this user access to every folder above it.'
      : "Create it first, or say missing: 'create' to have an empty folder made.",
    details: { source: mount.source, target: mount.target },
    cause: error,
  });
}
