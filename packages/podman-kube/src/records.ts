import { lazily, toJson } from '@fairlead/core/backend';
import { z } from 'zod';
import { parse } from './parse.ts';

/** A container as `podman ps` lists it. */
export interface ListedContainer {
  readonly id: string;
  readonly names: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Id of its pod, or empty. */
  readonly pod: string;
  readonly podName: string;
  readonly infra: boolean;
}

/** A container as `podman container inspect` tells it. */
export interface ContainerRecord {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly user: string;
  readonly pod: string;
  readonly restartCount: number;
  readonly mountedVolumes: readonly string[];
  /** Where volumes and binds are mounted, those of the image too. */
  readonly mountTargets: readonly string[];
  readonly state: StateRecord;
}

/** A container's state in podman's words. */
export interface StateRecord {
  readonly status: string;
  readonly exitCode: number;
  /** Why a start failed; empty where there is nothing to tell. */
  readonly error: string;
  readonly oomKilled: boolean;
  readonly startedAt: string | undefined;
  readonly finishedAt: string | undefined;
}

/** An image as `podman image inspect` tells it. */
export interface ImageRecord {
  readonly id: string;
  readonly digest: string | undefined;
  readonly architecture: string;
  readonly os: string;
  readonly entrypoint: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** A volume as `podman volume` tells it. */
export interface VolumeRecord {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** An anonymous volume goes with its container. */
  readonly anonymous: boolean;
  readonly createdAt: string;
}

/** Something with an id and a name: a pod, a secret. */
export interface NamedRecord {
  readonly id: string;
  readonly name: string;
}

/** Parses `podman ps --format json`. */
export function parseListed(text: string): readonly ListedContainer[] {
  return parse(listed(), toJson(text), 'list').map(({ Id, Names, Labels, Pod, PodName, IsInfra }) => ({
    id: Id,
    names: Names ?? [],
    labels: Labels ?? {},
    pod: Pod ?? '',
    podName: PodName ?? '',
    infra: IsInfra ?? false,
  }));
}

/** Parses `podman container inspect`. */
export function parseContainers(text: string): readonly ContainerRecord[] {
  return parse(containers(), toJson(text), 'inspect').map((found) => ({
    id: found.Id,
    name: found.Name,
    image: found.ImageName ?? '',
    createdAt: found.Created,
    labels: found.Config.Labels ?? {},
    annotations: found.Config.Annotations ?? {},
    user: found.Config.User ?? '',
    pod: found.Pod ?? '',
    restartCount: found.RestartCount ?? 0,
    mountTargets: (found.Mounts ?? []).flatMap(({ Destination }) => Destination ?? []),
    mountedVolumes: (found.Mounts ?? []).flatMap(({ Type, Name }) => (Type === 'volume' && Name ? [Name] : [])),
    state: {
      status: found.State.Status,
      exitCode: found.State.ExitCode ?? 0,
      error: found.State.Error ?? '',
      oomKilled: found.State.OOMKilled ?? false,
      startedAt: toTime(found.State.StartedAt),
      finishedAt: toTime(found.State.FinishedAt),
    },
  }));
}

/** Parses `podman image inspect` of one image. */
export function parseImage(text: string): ImageRecord {
  const [{ Id, Digest, Architecture, Os, Config }] = parse(images(), toJson(text), 'images');
  return {
    id: Id,
    digest: Digest || undefined,
    architecture: Architecture ?? '',
    os: Os ?? '',
    entrypoint: Config?.Entrypoint ?? [],
    labels: Config?.Labels ?? {},
  };
}

/** Parses `podman volume ls --format json` and `podman volume inspect`. */
export function parseVolumes(text: string): readonly VolumeRecord[] {
  return parse(volumes(), toJson(text), 'volumes').map(({ Name, Labels, Anonymous, CreatedAt }) => ({
    name: Name,
    labels: Labels ?? {},
    anonymous: Anonymous ?? false,
    createdAt: CreatedAt ?? '',
  }));
}

/** Parses `podman pod ps --format json`. */
export function parsePods(text: string): readonly NamedRecord[] {
  return parse(pods(), toJson(text), 'kube').map(({ Id, Name }) => ({ id: Id, name: Name }));
}

/** Parses `podman secret ls --format={{json .}}`: an object a line. With `--format=json` it prints that word. */
export function parseSecrets(text: string): readonly NamedRecord[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const { ID, Name } = parse(secret(), toJson(line), 'kube');
    return { id: ID, name: Name };
  });
}

/** A time, or undefined for the year 1, which means "not yet" or "forgotten" (C6). */
function toTime(value: string | null | undefined): string | undefined {
  return value === null || value === undefined || value === '' || value.startsWith('0001-') ? undefined : value;
}

const text = lazily(() => z.string().nullish());
const map = lazily(() => z.record(z.string(), z.string()).nullish());

const listed = lazily(() =>
  z.array(
    z.object({
      Id: z.string(),
      Names: z.array(z.string()).nullish(),
      Labels: map(),
      Pod: text(),
      PodName: text(),
      IsInfra: z.boolean().nullish(),
    }),
  ),
);

const containers = lazily(() =>
  z.array(
    z.object({
      Id: z.string(),
      Name: z.string(),
      Created: z.string(),
      ImageName: text(),
      Pod: text(),
      RestartCount: z.number().nullish(),
      Mounts: z.array(z.object({ Type: text(), Name: text(), Destination: text() })).nullish(),
      Config: z.object({ Labels: map(), Annotations: map(), User: text() }),
      State: z.object({
        Status: z.string(),
        ExitCode: z.number().nullish(),
        Error: text(),
        OOMKilled: z.boolean().nullish(),
        StartedAt: text(),
        FinishedAt: text(),
      }),
    }),
  ),
);

const images = lazily(() =>
  z.tuple(
    [
      z.object({
        Id: z.string(),
        Digest: text(),
        Architecture: text(),
        Os: text(),
        Config: z.object({ Entrypoint: z.array(z.string()).nullish(), Labels: map() }).nullish(),
      }),
    ],
    z.unknown(),
  ),
);

const volumes = lazily(() =>
  z.array(z.object({ Name: z.string(), Labels: map(), Anonymous: z.boolean().nullish(), CreatedAt: text() })),
);

const pods = lazily(() => z.array(z.object({ Id: z.string(), Name: z.string() })));

const secret = lazily(() => z.object({ ID: z.string(), Name: z.string() }));
