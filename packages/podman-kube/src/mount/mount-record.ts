import { lazily, type Estate, type SessionProof } from '@fairlead/core/backend';
import { z } from 'zod';
import { proofSchema } from '../proof-schema.ts';

/** What is kept of a mount in the state folder, from before it is made until it is gone. */
export interface MountRecord {
  readonly v: 1;
  /** 32 hex digits: the call that made it, which the container over it names in a label. */
  readonly id: string;
  readonly engineId: string;
  /** The owner as a label's value. */
  readonly owner: string;
  readonly proof: SessionProof;
  /** The container's name; empty for a trial. */
  readonly container: string;
  /** Absolute path of the image, and where its file system begins. */
  readonly path: string;
  readonly offset: number;
  /** Absent until the container is there. */
  readonly containerId?: string | undefined;
}

const kind = 'mounts';

/** The records of the mounts of one owner on one engine. */
export interface MountRecords {
  write(record: MountRecord): Promise<void>;
  list(): Promise<readonly MountRecord[]>;
  remove(id: string): Promise<void>;
  /** Removes what was written aside and never published. */
  tidy(): Promise<void>;
}

/** Opens the records; makes no file. */
export function openMountRecords({ state, ownerLabel }: Estate, engineId: string): MountRecords {
  const read = async (id: string): Promise<MountRecord | undefined> => {
    if (!isMountId(id)) return undefined;
    const parsed = recordSchema().safeParse(await state.readRecord(kind, id));
    if (!parsed.success || parsed.data.id !== id) return undefined;
    return parsed.data.engineId === engineId && parsed.data.owner === ownerLabel ? parsed.data : undefined;
  };
  return {
    write: (record) => state.writeRecord(kind, record.id, record),
    async list() {
      const records = await Promise.all((await state.listRecords(kind)).map(read));
      return records.filter((record) => record !== undefined);
    },
    async remove(id) {
      if (isMountId(id)) await state.removeRecord(kind, id);
    },
    tidy: () => state.removeUnpublished(kind),
  };
}

/** Names of the folders of a mount below the state folder. The record lies beside the first. */
export function mountFolders(id: string): readonly [folder: readonly string[], root: readonly string[]] {
  return [
    [kind, id],
    [kind, id, 'root'],
  ];
}

/** A label is text that anybody with access to the engine can write: only what core writes there names a folder. */
export function isMountId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

const recordSchema: () => z.ZodType<MountRecord> = lazily(() =>
  z.object({
    v: z.literal(1),
    id: z.string(),
    engineId: z.string(),
    owner: z.string(),
    proof: proofSchema(),
    container: z.string(),
    path: z.string(),
    offset: z.number(),
    containerId: z.string().optional(),
  }),
);
