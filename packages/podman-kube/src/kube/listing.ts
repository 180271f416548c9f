import type { BackendCall } from '@fairlead/core/backend';
import { flag } from '@fairlead/subprocess';
import { listWithPods } from '../containers.ts';
import type { PodmanCli } from '../podman-cli.ts';
import {
  parsePods,
  parseSecrets,
  parseVolumes,
  type ListedContainer,
  type NamedRecord,
  type VolumeRecord,
} from '../records.ts';
import { runListing } from '../run-listing.ts';

/**
 * Everything that a play can make, as it is now. Images are left out, they are a cache (K14), and so are networks:
 * none is made, because a play always says which one to join (K12).
 */
export interface Listing {
  readonly pods: readonly NamedRecord[];
  readonly containers: readonly ListedContainer[];
  readonly volumes: readonly VolumeRecord[];
  readonly secrets: readonly NamedRecord[];
}

/** Which kinds to list; each costs a command. */
export interface Wanted {
  /** Without it pods are those that have a container, as every pod of a play that has come so far has. */
  readonly pods?: boolean;
  readonly containers?: boolean;
  readonly volumes?: boolean;
  readonly secrets?: boolean;
}

/** Lists what is there; a kind that is not wanted is empty. */
export async function takeListing(cli: PodmanCli, wanted: Wanted, call: BackendCall): Promise<Listing> {
  // One after the other: each takes podman's lock, so at once they would only wait for each other.
  const print = async (...args: readonly string[]): Promise<string> =>
    (await runListing(cli, { operation: 'kube', args }, call)).stdout.toString();
  const json = flag('format', 'json');
  const containers = wanted.containers === true ? await listWithPods(cli, call) : [];
  return {
    containers,
    pods: wanted.pods === true ? parsePods(await print('pod', 'ps', '--no-trunc', json)) : podsOf(containers),
    volumes: wanted.volumes === true ? parseVolumes(await print('volume', 'ls', json)) : [],
    secrets: wanted.secrets === true ? parseSecrets(await print('secret', 'ls', flag('format', '{{json .}}'))) : [],
  };
}

function podsOf(containers: readonly ListedContainer[]): readonly NamedRecord[] {
  const pods = new Map(containers.filter(({ pod }) => pod !== '').map(({ pod, podName }) => [pod, podName]));
  return Array.from(pods, ([id, name]) => ({ id, name }));
}
