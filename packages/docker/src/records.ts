import { lazily, toJson } from '@fairlead/core/backend';
import { z } from 'zod';
import { parse } from './parse.ts';

/** State of a container in the engine's words. */
export interface StateRecord {
  readonly status: string;
  readonly exitCode: number;
  readonly error: string;
  readonly oomKilled: boolean;
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
  readonly tty: boolean;
  readonly logDriver: string;
  readonly state: StateRecord;
}

/** A volume as the engine tells it. */
export interface VolumeRecord {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** An exec as inspect tells it; the code means nothing while it runs (C66). */
export interface ExecRecord {
  readonly running: boolean;
  readonly exitCode: number | undefined;
}

/** A file inside a container. */
export interface PathRecord {
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  readonly size: number;
  /** Absolute path inside the container that a symbolic link leads to. */
  readonly linkTarget: string;
}
/** The record of a container's inspect. */
export function parseContainer(value: unknown): ContainerRecord {
  const { Id, Name, Created, Image, Config, HostConfig, State, RestartCount } = parse(
    containerSchema(),
    value,
    'inspect',
  );
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    image: Config.Image ?? Image ?? '',
    createdAt: Created,
    labels: Config.Labels ?? {},
    user: Config.User ?? '',
    tty: Config.Tty ?? false,
    logDriver: HostConfig?.LogConfig?.Type ?? '',
    state: {
      status: State.Status,
      exitCode: State.ExitCode ?? 0,
      error: State.Error ?? '',
      oomKilled: State.OOMKilled ?? false,
      startedAt: parseTime(State.StartedAt),
      finishedAt: parseTime(State.FinishedAt),
      restartCount: RestartCount ?? 0,
    },
  };
}

/** Where volumes and binds of a container are mounted, those of the image too. */
export function parseMountTargets(value: unknown): readonly string[] {
  return (parse(mountsSchema(), value, 'inspect').Mounts ?? []).map(({ Destination }) => Destination);
}

/** A time, or undefined for the year 1, which means "not yet". */
function parseTime(value: string | null | undefined): string | undefined {
  return value === null || value === undefined || value === '' || value.startsWith('0001-') ? undefined : value;
}

/** Ids of a list of containers. */
export function parseContainerIds(value: unknown): readonly string[] {
  return parse(idsSchema(), value, 'list').map(({ Id }) => Id);
}

/** What a create answered. */
export function parseCreated(value: unknown): { readonly id: string; readonly warnings: readonly string[] } {
  const { Id, Warnings } = parse(createdSchema(), value, 'create');
  return { id: Id, warnings: Warnings ?? [] };
}

/** The record of a volume's inspect. */
export function parseVolume(value: unknown): VolumeRecord {
  const { Name, Labels } = parse(volumeSchema(), value, 'volumes');
  return { name: Name, labels: Labels ?? {} };
}

/** The records of a list of volumes. */
export function parseVolumes(value: unknown): readonly VolumeRecord[] {
  const { Volumes } = parse(volumesSchema(), value, 'volumes');
  return (Volumes ?? []).map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} }));
}

/** The id that an exec's create answered. */
export function parseExecId(value: unknown): string {
  return parse(execIdSchema(), value, 'exec').Id;
}

/** The record of an exec's inspect. */
export function parseExec(value: unknown): ExecRecord {
  const { Running, ExitCode } = parse(execSchema(), value, 'exec');
  return { running: Running, exitCode: ExitCode ?? undefined };
}

/** The header that tells of a file inside a container: base64 of JSON with Go's file mode (C78). */
export function parsePath(header: string): PathRecord {
  const { mode, size, linkTarget } = parse(pathSchema(), toJson(Buffer.from(header, 'base64').toString()), 'archive');
  return { type: fileType(mode), size, linkTarget: linkTarget ?? '' };
}

/** Go's bits: 31 folder, 27 symbolic link; 19, 21, 24, 25, 26 what is no regular file. */
function fileType(mode: number): PathRecord['type'] {
  const has = (...bits: readonly number[]): boolean => bits.some((bit) => Math.floor(mode / 2 ** bit) % 2 === 1);
  if (has(31)) return 'directory';
  if (has(27)) return 'symlink';
  return has(19, 21, 24, 25, 26) ? 'other' : 'file';
}

const text = (): z.ZodType<string | null | undefined> => z.string().nullish();
const labels = (): z.ZodType<Record<string, string> | null | undefined> => z.record(z.string(), z.string()).nullish();

const containerSchema = lazily(() =>
  z.object({
    Id: z.string(),
    Name: z.string(),
    Created: z.string(),
    Image: text(),
    RestartCount: z.number().nullish(),
    Config: z.object({ Image: text(), Labels: labels(), User: text(), Tty: z.boolean().nullish() }),
    HostConfig: z.object({ LogConfig: z.object({ Type: text() }).nullish() }).nullish(),
    State: z.object({
      Status: z.string(),
      ExitCode: z.number().nullish(),
      Error: text(),
      OOMKilled: z.boolean().nullish(),
      StartedAt: text(),
      FinishedAt: text(),
    }),
  }),
);
const mountsSchema = lazily(() => z.object({ Mounts: z.array(z.object({ Destination: z.string() })).nullish() }));
const idsSchema = lazily(() => z.array(z.object({ Id: z.string() })));
const createdSchema = lazily(() => z.object({ Id: z.string(), Warnings: z.array(z.string()).nullish() }));
const volumeSchema = lazily(() => z.object({ Name: z.string(), Labels: labels() }));
const volumesSchema = lazily(() => z.object({ Volumes: z.array(volumeSchema()).nullish() }));
const execIdSchema = lazily(() => z.object({ Id: z.string() }));
const execSchema = lazily(() => z.object({ Running: z.boolean(), ExitCode: z.number().nullish() }));
const pathSchema = lazily(() => z.object({ mode: z.number(), size: z.number(), linkTarget: text() }));
