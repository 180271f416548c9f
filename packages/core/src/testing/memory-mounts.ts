import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendCall } from '../backend/backend-call.ts';
import type { Estate } from '../estate/estate.ts';
import { label } from '../estate/labels.ts';
import { judgeSession, type SessionProof } from '../estate/session.ts';
import type { CreatePlan } from '../plan.ts';
import type { MemoryContainer } from './memory-container.ts';

/** An image file that the in-memory engine has mounted. */
export interface MemoryMount {
  readonly path: string;
  /** Where it would lie; nothing is there. */
  readonly mountPoint: string;
  /** The reference of the program that stands for it. */
  readonly program: string;
  readonly owner: string;
  readonly proof: SessionProof;
}

/** What of an in-memory engine is about mounts. */
export interface MountingEngine {
  readonly mounts: Map<string, MemoryMount>;
  readonly containers: ReadonlyMap<string, MemoryContainer>;
  remove(id: string): void;
}

/** Mounts a plan's image: what stands there, from its offset to the next blank, is the reference of a program. */
export async function mountProgram(
  { mounts }: Pick<MountingEngine, 'mounts'>,
  { plan, estate }: { readonly plan: CreatePlan; readonly estate: Estate },
  { signal }: BackendCall,
): Promise<void> {
  const id = plan.labels[label.mount];
  if (plan.mounted === undefined || id === undefined) return;
  const { file, offset } = plan.mounted;
  const [program = ''] = (await readFile(file.path, { encoding: 'utf8', signal })).slice(offset).split(/\s/);
  const mountPoint = join(estate.state.path, 'mounts', id);
  mounts.set(id, { path: file.path, mountPoint, program, owner: estate.ownerLabel, proof: estate.session.proof });
}

/** Removes a container and the mount that it has. */
export function removeWithMount(engine: MountingEngine, id: string): void {
  const mount = engine.containers.get(id)?.plan.labels[label.mount];
  engine.remove(id);
  if (mount !== undefined) engine.mounts.delete(mount);
}

/** Takes down what dead sessions of this owner have mounted for no container. */
export function sweepMounts(engine: Omit<MountingEngine, 'remove'>, { ownerLabel }: Estate): readonly string[] {
  const used = new Set([...engine.containers.values()].map(({ plan }) => plan.labels[label.mount]));
  const left = [...engine.mounts].filter(
    ([id, { owner, proof }]) => owner === ownerLabel && !used.has(id) && judgeSession(proof) === 'dead',
  );
  for (const [id] of left) engine.mounts.delete(id);
  return left.map(([id]) => `mount ${id}`);
}
