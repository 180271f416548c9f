import { readTarEntries, type BackendCall, type BackendVolume, type BackendVolumes } from '@fairlead/core/backend';
import { csvRecord, flag, flags, positional } from '@fairlead/subprocess';
import { hasLabels, labelFilters } from './containers.ts';
import { failure, lastError } from './errors.ts';
import type { PodmanCli } from './podman-cli.ts';
import type { EngineRecord } from './engine-record.ts';
import { parseVolumes, type VolumeRecord } from './records.ts';
import { runListing } from './run-listing.ts';
import { settled } from './settle.ts';
import { isBefore } from './version.ts';
import type { VolumeDoor } from './volume-door.ts';

/** What volumes need of their backend. */
export interface VolumeContext {
  readonly cli: PodmanCli;
  readonly engine: (call: BackendCall) => Promise<EngineRecord>;
  readonly openDoor: (volume: string, call: BackendCall) => Promise<VolumeDoor>;
}

/** The volumes in podman's store. */
export function podmanVolumes(context: VolumeContext): BackendVolumes {
  const { cli } = context;
  return {
    create: (volume, call) => createVolume(context, volume, call),
    inspect: (name, call) => findVolume(cli, name, call),
    list: (labels, call) => listVolumes(cli, labels, call),
    remove: (name, call) => removeVolume(cli, name, call),
    readFile: (name, path, call) => readFile(context, { name, path }, call),
  };
}

async function createVolume({ cli, engine }: VolumeContext, volume: BackendVolume, call: BackendCall): Promise<void> {
  const { version } = await engine(call);
  await cli.run({ operation: 'volumes.create', args: volumeCreateArgs(volume, version) }, call);
}

/** The arguments of `podman volume create`. Before 4.6 its `--label` was split at commas, as a record of CSV. */
export function volumeCreateArgs({ name, labels }: BackendVolume, version: string): readonly string[] {
  const written = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const values = isBefore(version, '4.6') ? written.map((label) => csvRecord([label])) : written;
  return ['volume', 'create', ...flags('label', values), positional(name)];
}

/** The volume of exactly this name: podman also takes the beginning of a name (C88). */
async function findVolume(cli: PodmanCli, name: string, call: BackendCall): Promise<VolumeRecord | undefined> {
  const run = { operation: 'volumes', args: ['volume', 'inspect', positional(name)] };
  const result = await cli.ask(run, call);
  if (result.code !== 0) {
    // More than one volume begins so, and none is called so.
    if (/more than one result/i.test(lastError(result.stderr))) return undefined;
    const error = await cli.fail(run, result);
    if (error.code === 'VOLUME_NOT_FOUND') return undefined;
    throw error;
  }
  return parseVolumes(result.stdout.toString()).find((volume) => volume.name === name);
}

/** Volumes with all these labels, compared here (H20). */
export async function listVolumes(
  cli: PodmanCli,
  labels: Readonly<Record<string, string>>,
  call: BackendCall,
): Promise<readonly VolumeRecord[]> {
  const filters = flags('filter', labelFilters(labels));
  const args = ['volume', 'ls', flag('format', 'json'), ...filters];
  const { stdout } = await runListing(cli, { operation: 'volumes.list', args }, call);
  return parseVolumes(stdout.toString()).filter((volume) => hasLabels(volume.labels, labels));
}

/** Removes the volume of exactly this name; never by force, which would take its containers along. */
export async function removeVolume(cli: PodmanCli, name: string, call: BackendCall): Promise<void> {
  if ((await findVolume(cli, name, call)) === undefined) return;
  const run = { operation: 'volumes.remove', args: ['volume', 'rm', positional(name)] };
  const result = await settled(call, (own) => cli.ask(run, own));
  if (result.code === 0) return;
  const error = await cli.fail(run, result);
  if (error.code !== 'VOLUME_NOT_FOUND') throw error;
}

interface FileRequest {
  readonly name: string;
  readonly path: string;
}

async function readFile(
  { cli, openDoor }: VolumeContext,
  { name, path }: FileRequest,
  call: BackendCall & { readonly maxBytes: number },
): Promise<Uint8Array> {
  await using door = await openDoor(name, call);
  const command = await cli.stream(
    { operation: 'readFile', args: ['cp', `${door.container}:${door.target}/${path}`, '-'] },
    call,
  );
  const content = await firstFile(stdoutOf(command.output), path, call.maxBytes);
  if (content !== undefined) return content;
  const exit = await command.exit();
  if (/no such file or directory|could not be found|not a directory/i.test(lastError(exit.stderr))) {
    throw wrongPath(path, 'it is not there');
  }
  throw await cli.fail({ operation: 'readFile', args: ['cp'] }, exit);
}

async function firstFile(
  tar: AsyncIterable<Uint8Array>,
  path: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  for await (const entry of readTarEntries(tar)) {
    if (entry.type !== 'file') throw wrongPath(path, 'it is no regular file');
    if (entry.size > maxBytes) throw wrongPath(path, `it has ${entry.size} bytes, more than ${maxBytes}`);
    const chunks: Uint8Array[] = [];
    for await (const bytes of entry.content) chunks.push(Uint8Array.from(bytes));
    return Buffer.concat(chunks);
  }
  return undefined;
}

async function* stdoutOf(
  output: AsyncIterable<{ readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array }>,
): AsyncGenerator<Uint8Array> {
  let empty = true;
  for await (const { stream, bytes } of output) {
    if (stream === 'stderr') continue;
    empty = false;
    yield bytes;
  }
  // A failed command gives no tar at all; an empty one says so in the reader's own words.
  if (empty) yield new Uint8Array(1024);
}

function wrongPath(path: string, why: string): Error {
  return failure({
    code: 'INVALID_SPEC',
    operation: 'readFile',
    message: `${JSON.stringify(path)} cannot be read from the volume: ${why}`,
    details: { path },
  });
}
