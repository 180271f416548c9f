import { lazily, toJson } from '@fairlead/core/backend';
import { z } from 'zod';
import { parse } from './parse.ts';

/** State of a container in the engine's words. */
export interface StateRecord {
  readonly status: string;
  readonly exitCode: number | undefined;
  readonly oomKilled: boolean;
  /** Undefined: not yet, or no longer known. */
  readonly startedAt: string | undefined;
  readonly finishedAt: string | undefined;
  readonly restartCount: number;
}

/** A container as inspect tells it. */
export interface ContainerRecord {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string;
  readonly state: StateRecord;
  /** Where volumes and binds are mounted, those of the image too (C10). */
  readonly mountTargets: readonly string[];
}

/** A volume as the engine tells it. */
export interface VolumeRecord {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** An exec as inspect tells it; the code means nothing while it runs (C66). */
export interface ExecRecord {
  readonly running: boolean;
  readonly exitCode: number;
}

/** A file inside a container. */
export interface PathRecord {
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  readonly size: number;
}

/** An image as inspect tells it. */
export interface ImageRecord {
  /** `sha256:` and 64 hex digits (C6). */
  readonly id: string;
  readonly digest: string | undefined;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly architecture: string;
  readonly os: string;
  readonly entrypoint: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** One line of the answer to a pull. */
export interface PullLine {
  readonly text: string | undefined;
  readonly error: string | undefined;
  readonly id: string | undefined;
}

/** The record of a container's inspect. */
export function parseContainer(value: unknown): ContainerRecord {
  const found = parse(containerSchema(), value, 'inspect');
  const { Config, State } = found;
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    image: found.ImageName ?? found.Image ?? '',
    createdAt: found.Created,
    labels: Config.Labels ?? {},
    user: Config.User ?? '',
    state: {
      status: State.Status,
      exitCode: State.ExitCode ?? undefined,
      oomKilled: State.OOMKilled ?? false,
      startedAt: parseTime(State.StartedAt),
      finishedAt: parseTime(State.FinishedAt),
      restartCount: found.RestartCount ?? 0,
    },
    mountTargets: (found.Mounts ?? []).map((mount) => mount.Destination),
  };
}

/** Ids and names of a list of containers. */
export function parseContainers(value: unknown): readonly { readonly id: string; readonly names: readonly string[] }[] {
  const list = parse(containersSchema(), value ?? [], 'list');
  return list.map(({ Id, Names }) => ({ id: Id, names: (Names ?? []).map((name) => name.replace(/^\//, '')) }));
}

/** What a create answered. */
export function parseCreated(value: unknown): { readonly id: string; readonly warnings: readonly string[] } {
  const { Id, Warnings } = parse(createdSchema(), value, 'create');
  return { id: Id, warnings: Warnings ?? [] };
}

/** The records of a list of volumes. */
export function parseVolumes(value: unknown): readonly VolumeRecord[] {
  return parse(volumesSchema(), value ?? [], 'volumes').map(({ Name, Labels }) => ({
    name: Name,
    labels: Labels ?? {},
  }));
}

/** The id that an exec's create answered. */
export function parseExecId(value: unknown): string {
  return parse(execIdSchema(), value, 'exec').Id;
}

/** The record of an exec's inspect. */
export function parseExec(value: unknown): ExecRecord {
  const { Running, ExitCode } = parse(execSchema(), value, 'exec');
  return { running: Running, exitCode: ExitCode };
}

/** The header that tells of a file inside a container: base64 of JSON with Go's file mode (C78). */
export function parsePath(header: string): PathRecord {
  const { mode, size } = parse(pathSchema(), toJson(Buffer.from(header, 'base64').toString()), 'archive');
  return { type: fileType(mode), size };
}

/** The record of an image's inspect. */
export function parseImage(value: unknown): ImageRecord {
  const found = parse(imageSchema(), value, 'images');
  return {
    id: toImageId(found.Id),
    digest: found.Digest || undefined,
    tags: found.RepoTags ?? [],
    digests: found.RepoDigests ?? [],
    architecture: found.Architecture ?? '',
    os: found.Os ?? '',
    entrypoint: found.Config?.Entrypoint ?? [],
    labels: found.Config?.Labels ?? {},
  };
}

/** One line of the answer to a pull: progress, failure (C126), or the image's id at the end (C128). */
export function parsePullLine(line: string): PullLine {
  const parsed = pullSchema().safeParse(toJson(line));
  if (!parsed.success) return { text: line, error: undefined, id: undefined };
  const { stream, error, id } = parsed.data;
  return { text: stream?.trim() || undefined, error: error || undefined, id: id ? toImageId(id) : undefined };
}

function toImageId(id: string): string {
  return id.startsWith('sha256:') ? id : `sha256:${id}`;
}

/** A time, or undefined for the year 1, which means "not yet" (C6). */
function parseTime(value: string | null | undefined): string | undefined {
  return value === null || value === undefined || value === '' || value.startsWith('0001-') ? undefined : value;
}

/** Go's bits: 31 folder, 27 symbolic link; 19, 21, 24, 25, 26 what is no regular file. */
function fileType(mode: number): PathRecord['type'] {
  const has = (...bits: readonly number[]): boolean => bits.some((bit) => Math.floor(mode / 2 ** bit) % 2 === 1);
  if (has(31)) return 'directory';
  if (has(27)) return 'symlink';
  return has(19, 21, 24, 25, 26) ? 'other' : 'file';
}

const text = (): z.ZodType<string | null | undefined> => z.string().nullish();
const texts = (): z.ZodType<string[] | null | undefined> => z.array(z.string()).nullish();
const labels = (): z.ZodType<Record<string, string> | null | undefined> => z.record(z.string(), z.string()).nullish();

const containerSchema = lazily(() =>
  z.object({
    Id: z.string(),
    Name: z.string(),
    Created: z.string(),
    Image: text(),
    ImageName: text(),
    RestartCount: z.number().nullish(),
    Config: z.object({ Labels: labels(), User: text() }),
    State: z.object({
      Status: z.string(),
      ExitCode: z.number().nullish(),
      OOMKilled: z.boolean().nullish(),
      StartedAt: text(),
      FinishedAt: text(),
    }),
    Mounts: z.array(z.object({ Destination: z.string() })).nullish(),
  }),
);
const containersSchema = lazily(() => z.array(z.object({ Id: z.string(), Names: texts() })));
const createdSchema = lazily(() => z.object({ Id: z.string(), Warnings: texts() }));
const volumesSchema = lazily(() => z.array(z.object({ Name: z.string(), Labels: labels() })));
const execIdSchema = lazily(() => z.object({ Id: z.string() }));
const execSchema = lazily(() => z.object({ Running: z.boolean(), ExitCode: z.number() }));
const pathSchema = lazily(() => z.object({ mode: z.number(), size: z.number() }));
const imageSchema = lazily(() =>
  z.object({
    Id: z.string(),
    Digest: text(),
    RepoTags: texts(),
    RepoDigests: texts(),
    Architecture: text(),
    Os: text(),
    // A string was allowed before version 1.14 of Docker's API, and is still found in images.
    Config: z
      .object({
        Entrypoint: z.union([z.array(z.string()), z.string().transform((one) => [one])]).nullish(),
        Labels: z.record(z.string(), z.string()).nullish(),
      })
      .nullish(),
  }),
);
const pullSchema = lazily(() => z.object({ stream: text(), error: text(), id: text() }));
