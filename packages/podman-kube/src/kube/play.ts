import { stat } from 'node:fs/promises';
import type { BackendCall, BackendPlay, Estate } from '@fairlead/core/backend';
import { flag } from '@fairlead/subprocess';
import { failure, lastError } from '../errors.ts';
import type { PodmanCli } from '../podman-cli.ts';
import { engineId, seesHostFiles, type EngineRecord } from '../engine-record.ts';
import { checkHostPaths, checkManifest, containerNames, createdHostPaths, playNetwork } from './check-manifest.ts';
import { takeListing, type Listing } from './listing.ts';
import { confirmMade, missingOf, playAnnotation } from './made.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import { playError } from './play-error.ts';
import { expectedOf, type PlayRecord, type PlayRecords } from './play-record.ts';
import { undoPlay } from './undo.ts';

/** What a play needs of its backend. */
export interface PlayContext {
  readonly cli: PodmanCli;
  readonly estate: Estate;
  readonly engine: EngineRecord;
  readonly records: PlayRecords;
}

/** A manifest that may be played. */
export interface CheckedPlay {
  readonly play: BackendPlay;
  readonly manifest: Manifest;
}

/** Reads and checks, without any effect. @throws FairleadError `INVALID_SPEC`, `UNSUPPORTED`, `MOUNT_SOURCE_MISSING` */
export async function checkPlay({ engine }: Pick<PlayContext, 'engine'>, play: BackendPlay): Promise<CheckedPlay> {
  const manifest = await parseManifest(play.text);
  checkManifest(manifest, engine);
  if (seesHostFiles(engine)) await checkHostPaths(manifest);
  return { play, manifest };
}

/**
 * Plays under the engine's lock: names that are taken are refused, the record is written, the text is given byte for
 * byte, and what was made is looked up. Whatever fails is undone.
 * @throws FairleadError `CONFLICT`, `IMAGE_NOT_FOUND`, `START_FAILED`, `KUBE_PARTIAL_FAILURE`, `ROLLBACK_FAILED`
 */
export async function playChecked(
  context: PlayContext,
  { play, manifest }: CheckedPlay,
  call: BackendCall,
): Promise<PlayRecord> {
  const { cli, records } = context;
  const { volumes, claims, secrets } = manifest;
  const wanted = { containers: true, volumes: volumes.length + claims.length > 0, secrets: secrets.length > 0 };
  const listing = await takeListing(cli, wanted, call);
  requireFree(manifest, listing);
  const record = await firstRecord(context, { play, manifest, listing });
  await records.write(record);
  const attempt: { stderr: string } = { stderr: '' };
  try {
    await runPlay(context, { play, manifest, attempt }, call);
    const made = await confirmMade(cli, record, call);
    const missing = missingOf(record.expected, made);
    if (missing.length > 0) throw incomplete(missing);
    const whole = { ...record, made };
    await records.write(whole);
    return whole;
  } catch (error) {
    await undoPlay(cli, { record, error, foreign: takenNames(record, attempt.stderr) });
    await records.remove(record.id);
    throw error;
  }
}

interface Attempt extends CheckedPlay {
  readonly attempt: { stderr: string };
}

async function runPlay(context: PlayContext, { play, manifest, attempt }: Attempt, call: BackendCall): Promise<void> {
  const { cli, estate } = context;
  const run = {
    operation: 'playKube',
    args: playArgs(play.id, estate.ownerLabel, playNetwork(manifest, play.network)),
    input: Buffer.from(play.text),
    scratch: true,
    secrets: manifest.values,
  };
  const result = await cli.ask(run, call);
  attempt.stderr = result.stderr;
  // Zero is not the whole truth, so what was made is looked at; anything else is a failure with things left (K10).
  if (result.code !== 0) throw playError(await cli.fail(run, result), result.stderr, run.secrets);
}

/** The arguments of `podman kube play`. Without `--network` it would join, and make, a network of its own (K12, H34). */
export function playArgs(id: string, owner: string, network: string): readonly string[] {
  return [
    'kube',
    'play',
    '--quiet',
    flag('network', network),
    flag('log-driver', 'k8s-file'),
    flag('log-opt', `max-size=${Number.MAX_SAFE_INTEGER}`),
    flag('annotation', `${playAnnotation}=${id}`),
    flag('annotation', `io.fairlead.owner=${owner}`),
    '-',
  ];
}

/** Refuses names that are there: podman overwrites secrets, reuses volumes and leaves half of a pod (K29, K30, K36, K37). */
export function requireFree(manifest: Manifest, { pods, containers, volumes, secrets }: Listing): void {
  const taken = [
    ...pods
      .filter(({ name }) => manifest.pods.some(({ names }) => names.includes(name)))
      .map(({ name }) => `pod ${name}`),
    ...containers
      .flatMap(({ names }) => names)
      .filter((name) => containerNames(manifest.pods).includes(name))
      .map((name) => `container ${name}`),
    ...volumes.filter(({ name }) => manifest.volumes.includes(name)).map(({ name }) => `volume ${name}`),
    ...secrets.filter(({ name }) => manifest.secrets.includes(name)).map(({ name }) => `secret ${name}`),
  ];
  if (taken.length === 0) return;
  throw failure({
    code: 'CONFLICT',
    operation: 'playKube',
    message: `these names of the manifest are taken: ${taken.join(', ')}`,
    hint: 'Take down what has them, or give the manifest other names.',
    details: { taken },
  });
}

async function firstRecord(
  { estate, engine }: PlayContext,
  { play, manifest, listing }: CheckedPlay & { readonly listing: Listing },
): Promise<PlayRecord> {
  const absentPaths: string[] = [];
  for (const path of seesHostFiles(engine) ? createdHostPaths(manifest) : []) {
    if ((await stat(path).catch(() => undefined)) === undefined) absentPaths.push(path);
  }
  const absentClaims = manifest.claims.filter((claim) => !listing.volumes.some(({ name }) => name === claim));
  return {
    v: 1,
    id: play.id,
    engineId: engineId(engine),
    owner: estate.ownerLabel,
    session: estate.session,
    startedAt: new Date().toISOString(),
    expected: expectedOf(manifest, absentPaths, absentClaims),
  };
}

/** Expected names that podman, by its error, found taken by others in the moment after they were looked at (K59). */
export function takenNames({ expected }: PlayRecord, stderr: string): readonly string[] {
  const said = lastError(stderr);
  if (!/already exists|in use/.test(said)) return [];
  const words = new Set(said.split(/[\s":,]+/));
  const names = [...expected.pods.flatMap((pod) => pod.names), ...expected.volumes, ...expected.secrets];
  return names.filter((name) => words.has(name));
}

function incomplete(missing: readonly string[]): Error {
  return failure({
    code: 'KUBE_PARTIAL_FAILURE',
    operation: 'playKube',
    message: `podman ended well without making all of the manifest; missing: ${missing.join(', ')}`,
    details: { missing },
  });
}
