import type { BackendCall } from '@fairlead/core/backend';
import { flag, type CommandResult } from '@fairlead/subprocess';
import type { PodmanCli, PodmanRun } from '../podman-cli.ts';
import { settle, settled } from '../settle.ts';
import { removeVolume } from '../volumes.ts';
import { takeListing, type Listing } from './listing.ts';
import { guestsOf } from './made.ts';
import type { Expected, Made } from './play-record.ts';

/** What a taking down could not remove. */
export interface Leftover {
  /** For example `pod web` or `volume data`. */
  readonly what: string;
  readonly why: unknown;
}

/** A play to take down. */
export interface Removal {
  readonly expected: Expected;
  readonly made: Made;
}

/**
 * Removes what a play made, by ids, never by `kube down`, which goes by names and takes what others made (H31, K42,
 * K44). Each error is read, and what is left is told from a listing, because podman also ends with 0 when it has not
 * removed a pod (H29).
 */
export async function takeDown(
  cli: PodmanCli,
  { expected, made }: Removal,
  call: BackendCall,
): Promise<readonly Leftover[]> {
  const wanted = { volumes: made.volumes.length > 0, secrets: made.secrets.length > 0 };
  const before = await takeListing(cli, { containers: true, volumes: wanted.volumes }, call);
  const reasons = new Map<string, unknown>();
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    await work().catch((error: unknown) => {
      call.signal.throwIfAborted();
      reasons.set(what, error);
    });
  };
  for (const pod of made.pods) {
    await attempt(`pod ${pod.name}`, () => removePod(cli, { pod, expected, made, listing: before }, call));
  }
  for (const volume of ownVolumes(made, before)) {
    await attempt(`volume ${volume.name}`, () => removeVolume(cli, volume.name, call));
  }
  for (const secret of made.secrets) {
    await attempt(`secret ${secret.name}`, () => removeSecret(cli, secret.id, call));
  }
  return leftovers(made, await takeListing(cli, { pods: true, ...wanted }, call)).map((what) => ({
    what,
    why: reasons.get(what),
  }));
}

interface PodRemoval {
  readonly pod: { readonly id: string; readonly name: string };
  readonly expected: Expected;
  readonly made: Made;
  readonly listing: Listing;
}

async function removePod(
  cli: PodmanCli,
  { pod, expected, made, listing }: PodRemoval,
  call: BackendCall,
): Promise<void> {
  const own = made.containers.filter((container) => container.pod === pod.name).map(({ id }) => id);
  // With its containers gone first, a pod goes at once; else some wait 3 s or more for each other's clean-up.
  const first = { operation: 'kube', args: ['rm', '--force', flag('time', 0), '--volumes', ...own] };
  if (own.length > 0) await settled(call, (alone) => cli.ask(first, alone));
  const guests = guestsOf(pod, expected, listing);
  if (guests.length > 0) {
    throw new Error(`it holds containers of others: ${guests.flatMap(({ names }) => names).join(', ')}`);
  }
  const run = { operation: 'kube', args: ['pod', 'rm', '--force', flag('time', 0), pod.id] };
  await settle(call, async (alone) => {
    const result = await cli.ask(run, alone);
    // It says so by its id; 4.3 also ends with 0 when it removed nothing.
    return result.code === 0 && result.stdout.toString().includes(pod.id)
      ? undefined
      : stillThere(cli, run, result, alone);
  });
}

async function stillThere(
  cli: PodmanCli,
  run: PodmanRun,
  result: CommandResult,
  call: BackendCall,
): Promise<Error | undefined> {
  const id = run.args.at(-1) ?? '';
  const exists = await cli.ask({ operation: 'kube', args: ['pod', 'exists', id] }, call);
  return exists.code === 1 ? undefined : cli.fail(run, result);
}

async function removeSecret(cli: PodmanCli, id: string, call: BackendCall): Promise<void> {
  const run = { operation: 'kube', args: ['secret', 'rm', id] };
  const result = await settled(call, (own) => cli.ask(run, own));
  if (result.code === 0 || /no such secret/.test(result.stderr)) return;
  throw await cli.fail(run, result);
}

/** A volume whose time differs is another one of the same name. */
function ownVolumes({ volumes }: Made, listing: Listing): Made['volumes'] {
  return volumes.filter(({ name, createdAt }) =>
    listing.volumes.some((found) => found.name === name && found.createdAt === createdAt),
  );
}

/** What of a play is still there, in words; containers go with their pod. Pure. */
export function leftovers(made: Made, listing: Listing): readonly string[] {
  const isThere = (list: readonly { readonly id: string }[], id: string): boolean => list.some((one) => one.id === id);
  const pods = made.pods.filter(({ id }) => isThere(listing.pods, id));
  return [
    ...pods.map(({ name }) => `pod ${name}`),
    ...ownVolumes(made, listing).map(({ name }) => `volume ${name}`),
    ...made.secrets.filter(({ id }) => isThere(listing.secrets, id)).map(({ name }) => `secret ${name}`),
  ];
}
