import type { Call } from '../call.ts';
import type { ContainerInfo } from '../container.ts';
import { label } from '../estate/labels.ts';
import type { ListFilter } from '../manager.ts';
import { plainCall, type ManagerContext } from './context.ts';
import { toInfo } from './info.ts';
import { requireNames } from './known-options.ts';
import { isHelper } from './ownership.ts';

/** The owner's containers, oldest first: engines differ in their order (C101). @throws FairleadError `INVALID_SPEC` */
export async function* listContainers(
  context: ManagerContext,
  filter: ListFilter,
  options: Call | undefined,
): AsyncGenerator<ContainerInfo, void, undefined> {
  requireNames('list', filter, ['labels', 'foreign']);
  const owned = filter.foreign === true ? {} : { [label.owner]: context.estate.ownerLabel };
  const labels = { ...filter.labels, ...owned };
  const found = await plainCall(context, 'list', options, (call) => context.backend.list(labels, call));
  const infos = found.filter((container) => !isHelper(container)).map((container) => toInfo(context, container));
  yield* infos.toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
}
