import type { BackendContainer } from '@fairlead/core/backend';
import type { BackendContext } from './context.ts';
import { toldContainer } from './told-state.ts';

/** Containers by id; one that is gone has no key. */
export async function inspectContainers(
  context: BackendContext,
  ids: readonly string[],
): Promise<ReadonlyMap<string, BackendContainer>> {
  const found = await Promise.all(ids.map((id) => context.store.find(id)));
  const told = await Promise.all(found.filter((s) => s !== undefined).map((s) => toldContainer(s, context)));
  return new Map(told.map((container) => [container.id, container]));
}

/** Containers that have all these labels. */
export async function listContainers(
  context: BackendContext,
  labels: Readonly<Record<string, string>>,
): Promise<readonly BackendContainer[]> {
  const wanted = Object.entries(labels);
  const all = await context.store.list();
  const matching = all.filter(({ record }) => wanted.every(([key, value]) => record.labels[key] === value));
  return Promise.all(matching.map((stored) => toldContainer(stored, context)));
}
