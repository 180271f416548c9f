import type { BackendContainer } from '../backend/backend.ts';
import type { ContainerInfo, ContainerState } from '../container.ts';
import { label, labelPrefix } from '../estate/labels.ts';
import type { ManagerContext } from './context.ts';

/** What users see of a container: the library's own labels become fields. */
export function toInfo(context: ManagerContext, container: BackendContainer): ContainerInfo {
  const { labels } = container;
  return {
    id: container.id,
    name: container.name,
    image: labels[label.reference] ?? container.image,
    createdAt: container.createdAt,
    state: toldState(context, container),
    labels: withoutOwn(labels),
    owner: toldOwner(context, labels),
    session: labels[label.session],
    runId: labels[label.runId],
    user: container.user,
  };
}

/** The labels that a caller or an image gave. */
export function withoutOwn(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith(labelPrefix)));
}

/** The owner that labels name: in full if it is this manager's, else as the label has it. */
export function toldOwner(context: ManagerContext, labels: Readonly<Record<string, string>>): string | undefined {
  const { owner, ownerLabel } = context.estate;
  return labels[label.owner] === ownerLabel ? owner : labels[label.owner];
}

function toldState(context: ManagerContext, { id, state }: BackendContainer): ContainerState {
  return state.phase === 'exited' ? { ...state, exit: context.ends.told(id, state.exit) } : state;
}
