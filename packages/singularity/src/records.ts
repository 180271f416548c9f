import { lazily, toJson } from '@fairlead/core/backend';
import { z } from 'zod';

/** What is kept of a container from its creation on. Secrets are not in it. */
export interface ContainerRecord {
  readonly schema: 1;
  readonly id: string;
  readonly name: string;
  /** Path of the image. */
  readonly image: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** /proc/uptime then: what comes later is told by differences (no clock jumps). */
  readonly createdUptimeSeconds: number;
  /** Where and by whom it was made: pids mean something only there. */
  readonly creator: SessionRecord;
  readonly mode: 'cage' | 'sweep';
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string;
  readonly stopSignal: string;
  readonly stopGraceSeconds: number;
  /** Folder on local disk that goes with the container. */
  readonly scratch: string;
  readonly volumes: readonly string[];
}

/** As core's proof of a session. */
export interface SessionRecord {
  readonly hostId: string;
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly pid: number;
  readonly startTime: string;
}

/** How to start a container; deleted once it was started, because the environment can hold secrets. */
export interface LaunchRecord {
  /** Of the supervisor. */
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** What is kept of a volume. */
export interface VolumeRecord {
  readonly schema: 1;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Undefined for text that is no record of this schema. */
export function parseContainerRecord(text: string): ContainerRecord | undefined {
  return parse(containerSchema(), text);
}

/** Undefined for text that is no launch record. */
export function parseLaunchRecord(text: string): LaunchRecord | undefined {
  return parse(launchSchema(), text);
}

/** Undefined for text that is no record of a volume. */
export function parseVolumeRecord(text: string): VolumeRecord | undefined {
  return parse(volumeSchema(), text);
}

const containerSchema = lazily((): z.ZodType<ContainerRecord> => {
  const text = z.string();
  return z.object({
    schema: z.literal(1),
    id: text.regex(/^[0-9a-f]{32}$/),
    name: text,
    image: text,
    createdAt: text,
    createdUptimeSeconds: z.number(),
    creator: z.object({ hostId: text, bootId: text, pidNamespace: text, pid: z.number(), startTime: text }),
    mode: z.enum(['cage', 'sweep']),
    labels: z.record(text, text),
    user: text,
    stopSignal: text,
    stopGraceSeconds: z.number(),
    scratch: text.regex(/^\/.*fairlead-[0-9a-f]{32}$/s),
    volumes: z.array(text),
  });
});

const launchSchema = lazily((): z.ZodType<LaunchRecord> =>
  z.object({ argv: z.tuple([z.string()], z.string()), env: z.record(z.string(), z.string()) }),
);

const volumeSchema = lazily((): z.ZodType<VolumeRecord> =>
  z.object({ schema: z.literal(1), name: z.string(), labels: z.record(z.string(), z.string()) }),
);

function parse<T>(schema: z.ZodType<T>, text: string): T | undefined {
  return schema.safeParse(toJson(text)).data;
}
