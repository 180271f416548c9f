import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FairleadError } from '@fairlead/core';
import type { BackendCall, CreatePlan } from '@fairlead/core/backend';
import { runCommand } from '@fairlead/subprocess';
import { paddedExit, readUptimeSeconds, supervisorArgv } from '@fairlead/subprocess/supervisor';
import type { BackendContext } from './context.ts';
import { createArgs, programOf, type ContainerPaths } from './create-args.ts';
import { engineEnvironment, hostHomes } from './engine-environment.ts';
import { engineVariables, environmentScript } from './environment.ts';
import { backendName, toStorageError, volumeNotFound } from './errors.ts';
import type { HostFacts } from './host-facts.ts';
import type { ContainerRecord, LaunchRecord } from './records.ts';
import { volumeFolder, volumeExists } from './volumes.ts';

/** Makes a container that is ready to be started. If it fails, nothing is left. @returns its id */
export async function createContainer(
  context: BackendContext,
  facts: HostFacts,
  plan: CreatePlan,
  call: BackendCall,
): Promise<string> {
  const record = newRecord(context, facts, plan);
  const published = await context.store
    .publish(record, (folder) => fillFolder({ context, facts, plan, record, folder, call }))
    .catch((error: unknown) => {
      throw toStorageError(error, 'create');
    });
  if (!published) throw nameTaken(plan.name);
  await requireVolumes(context, record);
  return record.id;
}

function newRecord({ here }: BackendContext, facts: HostFacts, plan: CreatePlan): ContainerRecord {
  const id = randomBytes(16).toString('hex');
  return {
    schema: 1,
    id,
    name: plan.name,
    image: plan.ensured.id,
    createdAt: new Date().toISOString(),
    createdUptimeSeconds: readUptimeSeconds(),
    creator: here,
    mode: facts.mode,
    labels: plan.labels,
    user: plan.user ?? `${process.getuid?.() ?? ''}:${process.getgid?.() ?? ''}`,
    stopSignal: plan.stopSignal ?? plan.imageConfig?.stopSignal ?? 'SIGTERM',
    stopGraceSeconds: plan.stopGraceSeconds,
    scratch: join(tmpdir(), `fairlead-${id}`),
    volumes: plan.mounts.flatMap((mount) => (mount.type === 'volume' ? [mount.volume] : [])),
  };
}

interface Filling {
  readonly context: BackendContext;
  readonly facts: HostFacts;
  readonly plan: CreatePlan;
  readonly record: ContainerRecord;
  readonly folder: string;
  readonly call: BackendCall;
}

async function fillFolder({ context, facts, plan, record, folder, call }: Filling): Promise<void> {
  // The folder gets another name by its publication; the engine will see that one.
  const final = context.store.folderOf(record.name);
  const paths: ContainerPaths = {
    script: join(final, 'env.sh'),
    witness: join(final, 'witness'),
    hosts: plan.network.mode === 'host' ? '/etc/hosts' : join(final, 'hosts'),
    overlay: join(record.scratch, 'overlay'),
    temporary: join(record.scratch, 'tmp'),
  };
  const script = environmentScript({
    env: plan.env,
    product: facts.product,
    hostHomes: hostHomes(),
    runscript: programOf(plan) === undefined,
  });
  const launch = launchOf({ context, facts, plan, record, final, paths });
  const write = (name: string, text: string, mode = 0o600) => writeFile(join(folder, name), text, { mode });
  await settleAll([
    makeScratch(record.scratch, plan.readOnlyRootfs ? undefined : paths),
    makeFifo(facts, join(folder, 'life'), call),
    write('env.sh', script, 0o644),
    write('hosts', hostsOf(plan.name), 0o644),
    // Written by whoever runs inside; the folder around it is closed to others.
    write('witness', '').then(() => chmod(join(folder, 'witness'), 0o666)),
    write('stdout', ''),
    write('stderr', ''),
    write('exit', paddedExit),
    write('launch', JSON.stringify(launch)),
  ]);
}

/** Rejects only when nobody is at work any more, so that what was made can be taken back. */
async function settleAll(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

async function makeScratch(
  scratch: string,
  paths: Pick<ContainerPaths, 'overlay' | 'temporary'> | undefined,
): Promise<void> {
  await mkdir(scratch, { mode: 0o700 });
  if (paths === undefined) return;
  await mkdir(paths.overlay);
  await mkdir(paths.temporary);
  // Not through mkdir's mode: the umask would take bits away.
  await chmod(paths.temporary, 0o1777);
}

async function makeFifo(facts: HostFacts, path: string, call: BackendCall): Promise<void> {
  const { code, stderr } = await runCommand(facts.tools.mkfifo, ['-m', '600', path], { signal: call.signal, env: {} });
  if (code !== 0) throw noFifo(path, stderr);
}

function launchOf(input: Omit<Filling, 'folder' | 'call'> & { final: string; paths: ContainerPaths }): LaunchRecord {
  const { context, facts, plan, record, final, paths } = input;
  const args = createArgs({ plan, paths, root: facts.root, volumeFolder: (name) => volumeFolder(context, name) });
  const argv = supervisorArgv({
    folder: final,
    mode: facts.mode,
    root: facts.root,
    tools: facts.tools,
    umask: '022',
    command: [facts.command, ...args],
  });
  return {
    argv,
    env: { ...engineEnvironment(facts.command, record.scratch), ...engineVariables(plan.env, facts.product) },
  };
}

/** Asked after publication: a volume that is removed from now on is seen to be in use. */
async function requireVolumes(context: BackendContext, record: ContainerRecord): Promise<void> {
  for (const name of record.volumes) {
    if (await volumeExists(context, name)) continue;
    const stored = await context.store.find(record.id);
    if (stored !== undefined) await context.store.discard(stored);
    throw volumeNotFound(name, 'create');
  }
}

function hostsOf(name: string): string {
  return `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\t${name}\n`;
}

function nameTaken(name: string): FairleadError {
  return new FairleadError({
    code: 'CONFLICT',
    backend: backendName,
    operation: 'create',
    message: `there is a container named ${name} already`,
    hint: 'Remove it, or choose another name.',
    details: { name },
  });
}

function noFifo(path: string, stderr: string): FairleadError {
  return new FairleadError({
    code: 'ENGINE_FAILURE',
    backend: backendName,
    operation: 'create',
    message: `no fifo can be made at ${path}: ${stderr.trim()}`,
    hint: 'Point XDG_STATE_HOME to a file system that has fifos.',
    details: { path },
  });
}
