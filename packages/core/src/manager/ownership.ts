import type { BackendContainer } from '../backend/backend.ts';
import { FairleadError } from '../errors.ts';
import { label } from '../estate/labels.ts';
import type { ManagerContext } from './context.ts';

/** Something that is about to be changed. */
export interface Changed {
  /** What it is, for the error: `container web`. */
  readonly what: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the caller allows to change what is not this owner's; `never` where no call can allow it. */
  readonly foreign: boolean | undefined | 'never';
}

/** Refuses to change what this owner did not make. @throws FairleadError `NOT_OWNED` */
export function requireOwned(context: ManagerContext, { what, labels, foreign }: Changed): void {
  if (foreign === true || isOwned(context, labels)) return;
  const owner = labels[label.owner];
  throw new FairleadError({
    code: 'NOT_OWNED',
    backend: context.name,
    message:
      owner === undefined
        ? `${what} was not made by this library`
        : `${what} belongs to the owner ${JSON.stringify(owner)}`,
    hint: foreign === 'never' ? 'Only its owner can do that.' : 'Say foreign: true to change it all the same.',
    details: { owner },
  });
}

/** Whether labels name this manager's owner. */
export function isOwned(context: ManagerContext, labels: Readonly<Record<string, string>>): boolean {
  return labels[label.owner] === context.estate.ownerLabel;
}

/** Whether a container only lends a view into a volume. */
export function isHelper(container: BackendContainer): boolean {
  return container.labels[label.role] === 'helper';
}
