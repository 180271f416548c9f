import {
  takeLock,
  type BackendCall,
  type BackendKube,
  type BackendPlayInfo,
  type Estate,
  type HeldLock,
} from '@fairlead/core/backend';
import { failure } from '../errors.ts';
import type { PodmanCli } from '../podman-cli.ts';
import { engineId, type EngineRecord } from '../engine-record.ts';
import { endPlayProcesses } from './play-processes.ts';
import { openPlayRecords, type Made, type PlayRecord, type PlayRecords } from './play-record.ts';
import { checkPlay, playChecked } from './play.ts';
import { takeDown, type Leftover } from './take-down.ts';
import { removeAll } from './undo.ts';

/** What plays need of their backend. */
export interface KubeContext {
  readonly cli: PodmanCli;
  readonly estate: Estate;
  readonly engine: (call: BackendCall) => Promise<EngineRecord>;
}

/** Manifests on podman, each with a record in the state folder from before it is played until it is taken down. */
export function podmanKube(context: KubeContext): BackendKube {
  const open = async (call: BackendCall): Promise<PlayRecords> =>
    openPlayRecords(context.estate, engineId(await context.engine(call)));
  return {
    async play(play, call) {
      const engine = await context.engine(call);
      const checked = await checkPlay({ engine }, play);
      const records = await open(call);
      await using _lock = await lock(context, call);
      return toInfo(await playChecked({ ...context, engine, records }, checked, call));
    },
    async inspect(id, call) {
      const record = await (await open(call)).read(id);
      return record === undefined ? undefined : toInfo(record);
    },
    async list(call) {
      return (await (await open(call)).list()).map(toInfo);
    },
    async down(id, call) {
      const records = await open(call);
      const record = await records.read(id);
      if (record?.made !== undefined) await downMade(context, { record, records, made: record.made }, call);
      else if (record !== undefined) await downUnfinished(context, { id, records }, call);
    },
  };
}

/** One play at a time on an engine, so that no two take names that both found free (K58, K59). */
async function lock({ estate, engine }: KubeContext, call: BackendCall): Promise<HeldLock> {
  const folder = await estate.state.folder('locks');
  return takeLock({ folder, name: `kube-${engineId(await engine(call))}`, session: estate.session }, call);
}

interface Down {
  readonly record: PlayRecord;
  readonly made: Made;
  readonly records: PlayRecords;
}

/** Ids need no lock: what has gone is gone, and nothing else has them. */
async function downMade({ cli }: KubeContext, { record, made, records }: Down, call: BackendCall): Promise<void> {
  const left = await takeDown(cli, { expected: record.expected, made }, call);
  if (left.length > 0) throw notAll(record.id, left);
  await records.remove(record.id);
}

/** A play that is still being made, which the lock waits for, or whose process died in the middle of it. */
async function downUnfinished(
  context: KubeContext,
  { id, records }: { readonly id: string; readonly records: PlayRecords },
  call: BackendCall,
): Promise<void> {
  await using _lock = await lock(context, call);
  const record = await records.read(id);
  if (record === undefined) return;
  if (record.made !== undefined) return await downMade(context, { record, records, made: record.made }, call);
  // Its command may still be at work without it.
  await endPlayProcesses(id);
  const left = await removeAll(context.cli, record, { foreign: [], call });
  if (left.length > 0) throw notAll(id, left);
  await records.remove(id);
}

function toInfo({ id, session, made }: PlayRecord): BackendPlayInfo {
  return {
    id,
    session,
    pods: made?.pods ?? [],
    containers: made?.containers ?? [],
    volumes: (made?.volumes ?? []).map(({ name }) => name),
    secrets: (made?.secrets ?? []).map(({ name }) => name),
  };
}

function notAll(id: string, left: readonly Leftover[]): Error {
  const reasons = left.map(({ what, why }) => `${what} (${why instanceof Error ? why.message : 'still there'})`);
  return failure({
    code: 'IN_USE',
    operation: 'kube.down',
    message: `not all of play ${id} could be removed; left: ${reasons.join(', ')}`,
    hint: 'Remove what uses them, then take the play down again: its record is kept.',
    details: { play: id, left: left.map(({ what }) => what) },
  });
}
