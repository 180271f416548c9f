import { rm, rmdir, stat } from 'node:fs/promises';
import type { FairleadError } from '@fairlead/core';
import { inOwnTime, type BackendCall } from '@fairlead/core/backend';
import { failure } from '../errors.ts';
import type { PodmanCli } from '../podman-cli.ts';
import { findMade } from './made.ts';
import type { Made, PlayRecord } from './play-record.ts';
import { takeDown, type Leftover } from './take-down.ts';

/** Time that undoing a play may take, in milliseconds. */
const undoMs = 90_000;
/** A play that was cut off can leave something a moment later (K38), so it is looked at again. */
const rounds = 4;

/** A play that failed. */
export interface FailedPlay {
  readonly record: PlayRecord;
  readonly error: unknown;
  /** Names that podman said are others'. */
  readonly foreign: readonly string[];
}

/** Removes all that a failed play made, under a clock of its own. @throws FairleadError `ROLLBACK_FAILED` */
export async function undoPlay(cli: PodmanCli, { record, error, foreign }: FailedPlay): Promise<void> {
  const left = await inOwnTime(undoMs, (call) => removeAll(cli, record, { foreign, call })).catch(
    (why: unknown): readonly Leftover[] => [{ what: `everything of play ${record.id}`, why }],
  );
  await Promise.all(record.expected.paths.map(removeEmpty));
  if (left.length === 0) return;
  throw rollbackFailed(left, error);
}

/** Looks up and removes until nothing of the play is found any more. */
export async function removeAll(
  cli: PodmanCli,
  record: PlayRecord,
  { foreign, call }: { readonly foreign: readonly string[]; readonly call: BackendCall },
): Promise<readonly Leftover[]> {
  let left: readonly Leftover[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const made = without(await findMade(cli, record, call), foreign);
    if (isEmpty(made)) return [];
    left = await takeDown(cli, { expected: record.expected, made }, call);
  }
  return left;
}

function without(made: Made, foreign: readonly string[]): Made {
  return {
    ...made,
    pods: made.pods.filter(({ name }) => !foreign.includes(name)),
    volumes: made.volumes.filter(({ name }) => !foreign.includes(name)),
    secrets: made.secrets.filter(({ name }) => !foreign.includes(name)),
  };
}

function isEmpty({ pods, volumes, secrets }: Made): boolean {
  return pods.length + volumes.length + secrets.length === 0;
}

/** A path that was absent before and that podman made goes again, unless somebody has put something there. */
async function removeEmpty(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) await rmdir(path).catch(() => undefined);
  else if (found?.isFile() === true && found.size === 0) await rm(path, { force: true });
}

function rollbackFailed(left: readonly Leftover[], error: unknown): FairleadError {
  return failure({
    code: 'ROLLBACK_FAILED',
    operation: 'playKube',
    message: `the play failed and could not be undone; left: ${left.map(({ what }) => what).join(', ')}`,
    hint: 'Remove them with podman, or take the play down by its id: its record is kept.',
    details: {
      left: left.map(({ what }) => what),
      reasons: left.map(({ what, why }) => `${what}: ${why instanceof Error ? why.message : 'still there'}`),
      failed: error instanceof Error ? error.message : String(error),
    },
    cause: error,
  });
}
