import { lazily, type Estate, type Session } from '@fairlead/core/backend';
import { z } from 'zod';
import { proofSchema } from '../proof-schema.ts';
import type { Manifest, Restart } from './manifest.ts';

/** What is kept of a play in the state folder, from before it starts until it is taken down. */
export interface PlayRecord {
  readonly v: 1;
  readonly id: string;
  readonly engineId: string;
  /** The owner as a label's value. */
  readonly owner: string;
  readonly session: Session;
  /** RFC 3339; what is older was there before. */
  readonly startedAt: string;
  readonly expected: Expected;
  /** Absent until the play has ended well: then the ids are looked up. */
  readonly made?: Made | undefined;
}

/** What the manifest says will be made. None of these names was taken before. */
export interface Expected {
  readonly pods: readonly ExpectedPod[];
  readonly volumes: readonly string[];
  readonly secrets: readonly string[];
  /** Paths of the host that podman makes and that were absent. */
  readonly paths: readonly string[];
}

/** A pod that will be made. */
export interface ExpectedPod {
  readonly names: readonly string[];
  readonly restart: Restart;
  readonly containers: readonly string[];
  readonly initContainers: readonly string[];
  /** Whether its containers will carry the play's annotation. */
  readonly marked: boolean;
}

/** What a play made, by id. */
export interface Made {
  readonly pods: readonly { readonly id: string; readonly name: string }[];
  /** Application containers in the manifest's order. */
  readonly containers: readonly MadeContainer[];
  /** A name can be taken again by another one, whose time differs. */
  readonly volumes: readonly { readonly name: string; readonly createdAt: string }[];
  readonly secrets: readonly { readonly id: string; readonly name: string }[];
}

/** An application container of a play. */
export interface MadeContainer {
  readonly id: string;
  readonly name: string;
  readonly pod: string;
  readonly restart: Restart;
}

const recordKind = 'plays';

/** The records of the plays of one owner on one engine. */
export interface PlayRecords {
  write(record: PlayRecord): Promise<void>;
  read(id: string): Promise<PlayRecord | undefined>;
  list(): Promise<readonly PlayRecord[]>;
  remove(id: string): Promise<void>;
}

/** Opens the records; makes no file. */
export function openPlayRecords({ state, ownerLabel }: Estate, engineId: string): PlayRecords {
  const read = async (id: string): Promise<PlayRecord | undefined> => {
    if (!/^[0-9a-f]{32}$/.test(id)) return undefined;
    const parsed = recordSchema().safeParse(await state.readRecord(recordKind, id));
    if (!parsed.success) return undefined;
    const { engineId: engine, owner } = parsed.data;
    return engine === engineId && owner === ownerLabel ? parsed.data : undefined;
  };
  return {
    write: (record) => state.writeRecord(recordKind, record.id, record),
    read,
    async list() {
      const records = await Promise.all((await state.listRecords(recordKind)).map(read));
      return records.filter((record) => record !== undefined);
    },
    remove: (id) => state.removeRecord(recordKind, id),
  };
}

/** The expectations that a manifest raises. */
export function expectedOf(manifest: Manifest, paths: readonly string[], absentClaims: readonly string[]): Expected {
  return {
    pods: manifest.pods.map(({ kind, names, restart, containers, initContainers }) => ({
      names,
      restart,
      containers,
      initContainers,
      marked: kind === 'Pod',
    })),
    volumes: [...manifest.volumes, ...absentClaims],
    secrets: manifest.secrets,
    paths,
  };
}

const recordSchema: () => z.ZodType<PlayRecord> = lazily(() => {
  const text = z.string();
  const named = z.object({ id: text, name: text });
  const restart = z.enum(['always', 'on-failure', 'never']);
  return z.object({
    v: z.literal(1),
    id: text,
    engineId: text,
    owner: text,
    session: z.object({ id: text, proof: proofSchema() }),
    startedAt: text,
    expected: z.object({
      pods: z.array(
        z.object({
          names: z.array(text),
          restart,
          containers: z.array(text),
          initContainers: z.array(text),
          marked: z.boolean(),
        }),
      ),
      volumes: z.array(text),
      secrets: z.array(text),
      paths: z.array(text),
    }),
    made: z
      .object({
        pods: z.array(named),
        containers: z.array(named.extend({ pod: text, restart })),
        volumes: z.array(z.object({ name: text, createdAt: text })),
        secrets: z.array(named),
      })
      .optional(),
  });
});
