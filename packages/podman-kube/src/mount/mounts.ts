import { FairleadError, type Support } from '@fairlead/core';
import { inOwnTime, judgeSession, label, type BackendCall, type CreatePlan } from '@fairlead/core/backend';
import { inspectRecords, listContainers } from '../containers.ts';
import type { EngineRecord } from '../engine-record.ts';
import { failure } from '../errors.ts';
import { settled } from '../settle.ts';
import {
  openMountContext,
  prepareMount,
  removeMount,
  requireUnchanged,
  type MountContext,
  type MountingEngine,
} from './mount-context.ts';
import { mountAt } from './mount-place.ts';
import { isMountId, type MountRecord } from './mount-record.ts';
import { findServer } from './mount-tools.ts';

/** Longest time in milliseconds that taking down the mount of a failed or cancelled create may take. */
const undoMs = 30_000;

/** The mounts that containers have for a root. Each belongs to one container, and is found by any process of its owner. */
export interface ImageMounts {
  /**
   * Mounts a plan's image, has the container made over it and keeps both together. Whatever fails, no mount is left.
   * @param create is given the mount point, and gives the container's id
   */
  under(plan: CreatePlan, create: (root: string) => Promise<string>, call: BackendCall): Promise<string>;
  /** The mount that a container has, to be asked before the container goes. */
  of(containerId: string, call: BackendCall): Promise<string | undefined>;
  /** Takes a mount down whose container is gone; resolves if it is gone, too. */
  remove(id: string, call: BackendCall): Promise<void>;
  /** Takes down what dead sessions left without a container, and what containers left that somebody else removed. */
  sweep(call: BackendCall): Promise<readonly string[]>;
}

/** Opens them; makes no file. */
export function openMounts({
  engine,
  ...parts
}: Omit<MountingEngine, 'engine'> & { readonly engine: (call: BackendCall) => Promise<EngineRecord> }): ImageMounts {
  const open = async (call: BackendCall): Promise<MountContext> =>
    openMountContext({ ...parts, engine: await engine(call) });
  const { state } = parts.estate;
  const anyRecord = async (): Promise<boolean> => {
    // Of a folder that others may have prepared nothing is believed; a container can be removed all the same.
    const names = await state.listRecords('mounts').catch((error: unknown): readonly string[] => {
      if (FairleadError.is(error, 'ACCESS_DENIED')) return [];
      throw error;
    });
    return names.length > 0;
  };
  return {
    async under(plan, create, call) {
      const server = await findServer(parts.cli, await engine(call));
      // The probe had one.
      if ('why' in server) throw cannotMount(server.why);
      return mountUnder(await open(call), { plan, create, server: server.path }, call);
    },
    async of(containerId, call) {
      // Most processes mount nothing, and are not to ask podman for it.
      if (!(await anyRecord())) return undefined;
      const records = await (await open(call)).records.list();
      const recorded = records.find((record) => record.containerId === containerId);
      if (recorded !== undefined || records.length === 0) return recorded?.id;
      const [found] = await inspectRecords(parts.cli, [containerId], call);
      const told = found?.labels[label.mount];
      return told !== undefined && isMountId(told) ? told : undefined;
    },
    // Not to be cut in two by a caller who leaves.
    remove: async (id, call) => {
      const context = await open(call);
      await settled(call, (own) => removeMount(context, id, own));
    },
    sweep: async (call) => ((await anyRecord()) ? sweepMounts(parts, await open(call), call) : []),
  };
}

interface Mounting {
  readonly plan: CreatePlan;
  readonly create: (root: string) => Promise<string>;
  readonly server: string;
}

async function mountUnder(
  context: MountContext,
  { plan, create, server }: Mounting,
  call: BackendCall,
): Promise<string> {
  const { mounted, name: container } = plan;
  const id = plan.labels[label.mount] ?? '';
  if (mounted === undefined || !isMountId(id)) throw new Error('a plan whose image is mounted names its mount');
  const { file, offset } = mounted;
  try {
    const { record, mountPoint } = await prepareMount(context, { id, container, path: file.path, offset });
    await mountAt(context.place, { server, path: file.path, offset, mountPoint }, call);
    await requireUnchanged(file);
    const containerId = await create(mountPoint);
    await context.records.write({ ...record, containerId });
    return containerId;
  } catch (error) {
    await inOwnTime(undoMs, (own) => removeMount(context, id, own)).catch((cause: unknown) => {
      throw notUndone(id, new AggregateError([error, cause], 'the create failed, and so did undoing its mount'));
    });
    throw error;
  }
}

async function sweepMounts(
  { cli }: Pick<MountingEngine, 'cli'>,
  context: MountContext,
  call: BackendCall,
): Promise<readonly string[]> {
  // Before the containers: one that a record names was there when that was written.
  const records = await context.records.list();
  const containers = records.length === 0 ? [] : await listContainers(cli, [`label=${label.mount}`], call);
  const used = new Set(containers.map(({ labels }) => labels[label.mount]));
  const removed: string[] = [];
  for (const { id } of records.filter((record) => !used.has(record.id) && isLeft(record))) {
    // What cannot be removed stays, with its record, for the next one who tries.
    const gone = await removeMount(context, id, call).then(
      () => true,
      () => false,
    );
    call.signal.throwIfAborted();
    if (gone) removed.push(`mount ${id}`);
  }
  await context.records.tidy();
  return removed;
}

/** Of mounts without a container: one that never had one may be about to get it, while its session lives. */
function isLeft({ containerId, proof }: MountRecord): boolean {
  return containerId !== undefined || judgeSession(proof) === 'dead';
}

function cannotMount(why: Support): Error {
  const reason = why.kind === 'unsupported' ? why.reason : '';
  return failure({
    code: 'UNSUPPORTED',
    operation: 'mount',
    message: `images.mount: ${reason}`,
    hint: "Say mount: 'never' to have image files converted.",
  });
}

function notUndone(id: string, cause: AggregateError): Error {
  return failure({
    code: 'ROLLBACK_FAILED',
    operation: 'create',
    message: `a create failed, and its mount could not be taken down; left: mount ${id}`,
    hint: 'Call reap() once this process has ended.',
    details: { left: [id] },
    cause,
  });
}
