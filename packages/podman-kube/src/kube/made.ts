import type { BackendCall } from '@fairlead/core/backend';
import { inspectRecords } from '../containers.ts';
import type { PodmanCli } from '../podman-cli.ts';
import type { ContainerRecord, ListedContainer, NamedRecord } from '../records.ts';
import { listVolumes } from '../volumes.ts';
import { takeListing, type Listing } from './listing.ts';
import type { Expected, ExpectedPod, Made, MadeContainer, PlayRecord } from './play-record.ts';

/** The annotation by which a play's containers are told from others of the same name. */
export const playAnnotation = 'io.fairlead.play';

/** Looks up what a play that ended well has made: podman has said that all of it is its own. */
export async function confirmMade(
  cli: PodmanCli,
  { id, expected }: Pick<PlayRecord, 'id' | 'expected'>,
  call: BackendCall,
): Promise<Made> {
  const listing = await takeListing(cli, { containers: true, ...wantedOf(expected) }, call);
  return selectMade({ playId: id, expected, listing, records: undefined });
}

/** Looks up what a play has made so far: things of the expected names, but for those that carry another's mark. */
export async function findMade(
  cli: PodmanCli,
  { id, expected }: Pick<PlayRecord, 'id' | 'expected'>,
  call: BackendCall,
): Promise<Made> {
  const wanted = wantedOf(expected);
  const listing = await takeListing(cli, { pods: true, containers: true, ...wanted }, call);
  const names = new Set(expected.pods.flatMap((pod) => pod.names));
  const candidates = new Set(listing.pods.filter(({ name }) => names.has(name)).map((pod) => pod.id));
  const within = listing.containers.filter(({ pod }) => candidates.has(pod));
  const records = await inspectRecords(
    cli,
    within.map((container) => container.id),
    call,
  );
  const anonymous = !wanted.volumes && records.some(({ mountedVolumes }) => mountedVolumes.length > 0);
  const volumes = anonymous ? await listVolumes(cli, {}, call) : listing.volumes;
  return selectMade({ playId: id, expected, listing: { ...listing, volumes }, records });
}

function wantedOf({ volumes, secrets }: Expected): { readonly volumes: boolean; readonly secrets: boolean } {
  return { volumes: volumes.length > 0, secrets: secrets.length > 0 };
}

/** What is known when a play is looked up. */
export interface Sighting {
  readonly playId: string;
  readonly expected: Expected;
  readonly listing: Listing;
  /** The containers of the pods that have an expected name; undefined where all of these are known to be the play's. */
  readonly records: readonly ContainerRecord[] | undefined;
}

/** Tells which of the things that are there a play has made, in the manifest's order. Pure. */
export function selectMade({ playId, expected, listing, records }: Sighting): Made {
  const marks = records && new Map(records.map((record) => [record.id, record.annotations[playAnnotation]]));
  const found = expected.pods.flatMap((expectation) =>
    listing.pods
      .filter(({ name }) => expectation.names.includes(name))
      .filter((pod) => isMade(insidePod(pod, expectation, listing), { playId, marked: expectation.marked, marks }))
      .map((pod) => ({ pod, expectation })),
  );
  const podIds = new Set(found.map(({ pod }) => pod.id));
  const within = (records ?? []).filter(({ pod }) => podIds.has(pod));
  const mounted = new Set(within.flatMap((record) => record.mountedVolumes));
  const volumes = listing.volumes.filter(
    ({ name, anonymous }) => expected.volumes.includes(name) || (anonymous && mounted.has(name)),
  );
  return {
    pods: found.map(({ pod }) => ({ id: pod.id, name: pod.name })),
    containers: found.flatMap(({ pod, expectation }) => madeContainers(pod, expectation, listing)),
    volumes: volumes.map(({ name, createdAt }) => ({ name, createdAt })),
    secrets: listing.secrets.filter(({ name }) => expected.secrets.includes(name)),
  };
}

interface Marks {
  readonly playId: string;
  /** podman hands annotations on to the containers of a Pod only, not of a Deployment, DaemonSet or Job. */
  readonly marked: boolean;
  readonly marks: ReadonlyMap<string, string | undefined> | undefined;
}

/** A pod whose containers carry the play's mark, or cannot carry one, or that has none yet (K24, K28). */
function isMade(inside: readonly ListedContainer[], { playId, marked, marks }: Marks): boolean {
  if (marks === undefined) return true;
  const found = inside.map(({ id }) => marks.get(id));
  if (found.includes(playId)) return true;
  return inside.length === 0 || (!marked && found.every((mark) => mark === undefined));
}

function insidePod(pod: NamedRecord, expectation: ExpectedPod, listing: Listing): readonly ListedContainer[] {
  const own = containerNames(pod.name, expectation);
  return listing.containers.filter(
    ({ pod: within, names }) => within === pod.id && names.some((name) => own.has(name)),
  );
}

function containerNames(pod: string, { containers, initContainers }: ExpectedPod): ReadonlySet<string> {
  return new Set([...containers, ...initContainers].map((name) => `${pod}-${name}`));
}

function madeContainers(
  pod: NamedRecord,
  { containers, restart }: ExpectedPod,
  listing: Listing,
): readonly MadeContainer[] {
  return containers.flatMap((name) => {
    const found = listing.containers.find((c) => c.pod === pod.id && c.names.includes(`${pod.name}-${name}`));
    return found === undefined ? [] : [{ id: found.id, name, pod: pod.name, restart }];
  });
}

/** Containers that others have put into a pod of a play; removing the pod would remove them (K44). */
export function guestsOf(pod: NamedRecord, expected: Expected, listing: Listing): readonly ListedContainer[] {
  const expectation = expected.pods.find(({ names }) => names.includes(pod.name));
  const own = expectation === undefined ? new Set<string>() : containerNames(pod.name, expectation);
  return listing.containers.filter(
    ({ pod: within, infra, names }) => within === pod.id && !infra && !names.some((name) => own.has(name)),
  );
}

/** What of the expected is not there, in words; empty when the play is whole. */
export function missingOf({ pods }: Expected, made: Made): readonly string[] {
  return pods.flatMap(({ names, containers }) => {
    const pod = made.pods.find(({ name }) => names.includes(name));
    if (pod === undefined) return [`pod ${names[0] ?? ''}`];
    const there = new Set(made.containers.filter((one) => one.pod === pod.name).map(({ name }) => name));
    return containers.filter((name) => !there.has(name)).map((name) => `container ${pod.name}-${name}`);
  });
}
