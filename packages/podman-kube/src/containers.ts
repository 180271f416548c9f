import { label, type BackendCall, type BackendContainer } from '@fairlead/core/backend';
import { flag, flags } from '@fairlead/subprocess';
import { toState } from './container-state.ts';
import { failure, lastError } from './errors.ts';
import type { PodmanCli, PodmanRun } from './podman-cli.ts';
import { parseContainers, parseListed, type ContainerRecord, type ListedContainer } from './records.ts';
import { runListing } from './run-listing.ts';
import { settle, settled } from './settle.ts';

/** Most ids in one argument list. */
const batch = 200;

/** Full id of the container whose full id or exact name this is; podman itself also takes beginnings of ids (C97). */
export async function resolveContainer(
  cli: PodmanCli,
  idOrName: string,
  call: BackendCall,
): Promise<string | undefined> {
  if (/^[0-9a-f]{64}$/.test(idOrName)) {
    const [found] = await inspectRecords(cli, [idOrName], call);
    if (found?.id === idOrName) return found.id;
  }
  const escaped = idOrName.replaceAll(/[^A-Za-z0-9_-]/g, '\\$&');
  const all = await listContainers(cli, [`name=^${escaped}$`], call);
  return all.find(({ names }) => names.includes(idOrName))?.id;
}

/** What podman knows of these containers; one that is gone is left out. */
export async function inspectRecords(
  cli: PodmanCli,
  ids: readonly string[],
  call: BackendCall,
): Promise<readonly ContainerRecord[]> {
  const records: ContainerRecord[] = [];
  for (let at = 0; at < ids.length; at += batch) {
    const some = ids.slice(at, at + batch);
    const run = { operation: 'inspect', args: ['container', 'inspect', ...some] };
    const result = await cli.ask(run, call);
    // It prints those it found even when some are gone, and ends with 125 then (C158).
    const partly = result.code === 125 && /no such container/.test(lastError(result.stderr));
    if (result.code !== 0 && !partly) throw await cli.fail(run, result);
    records.push(...parseContainers(result.stdout.toString()).filter(({ id }) => some.includes(id)));
  }
  return records;
}

/** Containers by full id; an absent key is gone. */
export async function inspectContainers(
  cli: PodmanCli,
  ids: readonly string[],
  call: BackendCall,
): Promise<ReadonlyMap<string, BackendContainer>> {
  const records = await inspectRecords(cli, ids, call);
  return new Map(records.map((record) => [record.id, toContainer(record)]));
}

/** Containers with all these labels. podman splits and cuts odd values in filters, so they are compared here (H20, C98). */
export async function labelledContainers(
  cli: PodmanCli,
  labels: Readonly<Record<string, string>>,
  call: BackendCall,
): Promise<readonly BackendContainer[]> {
  const all = await listContainers(cli, labelFilters(labels), call);
  const ids = all.filter((found) => hasLabels(found.labels, labels)).map(({ id }) => id);
  return (await inspectRecords(cli, ids, call)).map(toContainer);
}

/** Filters that narrow a listing down, for those labels that podman's filters take as they are. */
export function labelFilters(labels: Readonly<Record<string, string>>): readonly string[] {
  const plain = /^[A-Za-z0-9._/-]+$/;
  const usable = Object.entries(labels).filter(([key, value]) => plain.test(key) && plain.test(value));
  return usable.map(([key, value]) => `label=${key}=${value}`);
}

/** Whether all of `wanted` are among `labels`. */
export function hasLabels(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** All containers, running or not, that pass podman's filters. */
export async function listContainers(
  cli: PodmanCli,
  filters: readonly string[],
  call: BackendCall,
): Promise<readonly ListedContainer[]> {
  return list(cli, flags('filter', filters), call);
}

/** All containers with their pods, which podman looks up one by one. */
export function listWithPods(cli: PodmanCli, call: BackendCall): Promise<readonly ListedContainer[]> {
  return list(cli, ['--pod'], call);
}

async function list(cli: PodmanCli, more: readonly string[], call: BackendCall): Promise<readonly ListedContainer[]> {
  const args = ['ps', '--all', '--no-trunc', flag('format', 'json'), ...more];
  const { stdout } = await runListing(cli, { operation: 'list', args }, call);
  return parseListed(stdout.toString());
}

/** Starts a created container. @throws FairleadError `START_FAILED` */
export async function startContainer(cli: PodmanCli, id: string, call: BackendCall): Promise<void> {
  await cli.run({ operation: 'start', args: ['start', id] }, call);
}

/** Resolves when the container has ended or is gone; at once for one that has not been started (L19). */
export async function waitForContainer(cli: PodmanCli, id: string, call: BackendCall): Promise<void> {
  // What it prints is not looked at: for a created container it is a 0, and the code comes from inspect.
  const run = { operation: 'wait', args: ['wait', id] };
  const result = await cli.ask(run, call);
  if (result.code === 0) return;
  const error = await cli.fail(run, result);
  if (error.code !== 'CONTAINER_NOT_FOUND') throw error;
}

/** Stop signal, grace, SIGKILL. An abort ends the waiting only: the command goes on. */
export async function stopContainer(
  cli: PodmanCli,
  { id, graceSeconds }: { readonly id: string; readonly graceSeconds: number | undefined },
  call: BackendCall,
): Promise<void> {
  const grace = graceSeconds === undefined ? [] : [flag('time', graceSeconds)];
  await finish(cli, { operation: 'stop', args: ['stop', ...grace, id] }, call);
}

/** Sends a signal; resolves if it is not running. */
export async function killContainer(
  cli: PodmanCli,
  { id, signal }: { readonly id: string; readonly signal: string },
  call: BackendCall,
): Promise<void> {
  const run = { operation: 'kill', args: ['kill', flag('signal', signal), id] };
  const result = await settled(call, (own) => cli.ask(run, own));
  if (result.code === 0) return;
  const [found] = await inspectRecords(cli, [id], call);
  // Not running any more, or a paused one of which podman did not see the end in time.
  if (found === undefined || toState(found).phase === 'exited' || toState(found).phase === 'created') return;
  if (/no such process|timed out waiting/.test(lastError(result.stderr))) return;
  throw await cli.fail(run, result);
}

/** Kills and removes it with its anonymous volumes; resolves when it is gone (C16: without the stop's grace). */
export async function removeContainer(cli: PodmanCli, id: string, call: BackendCall): Promise<void> {
  const run = { operation: 'remove', args: ['rm', '--force', flag('time', 0), '--volumes', id] };
  await settle(call, async (own) => {
    const result = await cli.ask(run, own);
    const [left] = result.code === 0 ? [] : await inspectRecords(cli, [id], own);
    return left === undefined ? undefined : cli.fail(run, result);
  });
}

async function finish(cli: PodmanCli, run: PodmanRun, call: BackendCall): Promise<void> {
  const result = await settled(call, (own) => cli.ask(run, own));
  if (result.code === 0) return;
  const error = await cli.fail(run, result);
  if (error.code !== 'CONTAINER_NOT_FOUND') throw error;
}

function toContainer(record: ContainerRecord): BackendContainer {
  const { id, name, createdAt, labels, user } = record;
  // podman has no word for what is mounted.
  const image = record.image === '' ? (labels[label.reference] ?? '') : record.image;
  return { id, name, image, createdAt, labels, user: user === '' ? '0' : user, state: toState(record) };
}

/** The full id that a create printed: the last line (F15). @throws FairleadError `ENGINE_FAILURE` */
export function createdId(stdout: string): string {
  const id = stdout.trim().split('\n').at(-1)?.trim() ?? '';
  if (/^[0-9a-f]{64}$/.test(id)) return id;
  throw failure({
    code: 'ENGINE_FAILURE',
    operation: 'create',
    message: 'podman told no id of the container that it made',
    hint: 'This version of podman may be newer than this backend knows.',
  });
}
