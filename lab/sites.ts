import { join } from 'node:path';

/** What is asked of a target of the lab to make a site of it. */
interface Reached {
  readonly name: string;
  readonly enter: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A place where a process reaches some engines and no others. */
export interface Place {
  /** Put before a command, runs it there: with that place's user, PATH and environment. */
  readonly enter: readonly string[];
}

/** A site of the demo: where it is, and in which form it gets the algorithm. */
export interface Site extends Place {
  readonly name: string;
  readonly image: 'ociArchive' | 'ociLayout' | 'dockerArchive' | 'sif';
  /** Whether it wants a Kubernetes manifest. */
  readonly manifest: boolean;
  /** The site whose rows it holds too: its answers are compared with that one's, and not added to the model. */
  readonly twinOf?: string;
  /** Folder for its rows, seen by its engine under the same path. */
  readonly work: string;
}

const plans = [
  { name: 'hospital', endpoint: 'docker', image: 'ociArchive', manifest: false },
  { name: 'university', endpoint: 'podman-rootless', image: 'dockerArchive', manifest: false },
  { name: 'car', endpoint: 'podman-cli-rootless', image: 'ociLayout', manifest: true },
  { name: 'computing centre', endpoint: 'apptainer', image: 'sif', manifest: false },
] as const;

/** Gets the SIF as the computing centre does, and has an engine that runs none by itself. */
const twin = {
  name: 'second hospital',
  endpoint: 'docker',
  image: 'sif',
  manifest: false,
  twinOf: 'computing centre',
} as const;

/** What the lab writes of sites into `endpoints.json`: four with one engine each, and the twin of one of them. */
export function describeSites(endpoints: readonly Reached[]): readonly Site[] {
  return [...plans, twin].flatMap(({ endpoint: wanted, ...plan }) => {
    const endpoint = endpoints.find(({ name }) => name === wanted);
    return endpoint === undefined
      ? []
      : [
          {
            ...plan,
            enter: endpoint.enter,
            work: join(endpoint.env['FAIRLEAD_WORK_DIR'] ?? '', 'demo', plan.name.replace(' ', '-')),
          },
        ];
  });
}

/** The same four sites where the lab has no engines: all on this machine, each with a folder below `folder`. */
export function describeSitesHere(folder: string, enter: Site['enter']): readonly Site[] {
  return plans.map(({ name, image, manifest }) => ({ name, image, manifest, enter, work: join(folder, image) }));
}

/** A fifth site that has every engine of one machine, as the ordinary user. */
export function describeRichSite(endpoints: readonly Reached[]): Place | undefined {
  const named = (wanted: string) => endpoints.find(({ name }) => name === wanted);
  const [sockets, program, sif, daemon] = [
    named('podman-rootless'),
    named('podman-cli-rootless'),
    named('apptainer'),
    named('docker'),
  ];
  if (sockets === undefined || program === undefined || sif === undefined || daemon === undefined) return undefined;
  const folders = [program, sif].map(({ env }) => (env['PATH'] ?? '').split(':')[0]);
  const env = {
    ...daemon.env,
    ...sockets.env,
    DOCKER_HOST: daemon.env['DOCKER_HOST'] ?? '',
    PATH: [...folders, sockets.env['PATH']].join(':'),
  };
  // `enter` gives the environment of its own target; what is to differ is set inside.
  return { enter: [...sockets.enter, '/usr/bin/env', ...Object.entries(env).map(([key, value]) => `${key}=${value}`)] };
}
