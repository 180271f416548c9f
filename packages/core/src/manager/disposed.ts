import { FairleadError } from '../errors.ts';

/** A manager, as far as its end is concerned. */
interface Closable {
  readonly name: string;
  readonly closing: AbortController;
}

/** Refuses what is asked of a manager that has been disposed, at once. @throws FairleadError `CONFLICT` */
export function requireOpen(context: Closable, operation: string): void {
  if (context.closing.signal.aborted) throw disposed(context, operation);
}

/** The error for what a disposed manager cannot do any more: to ask again does not help, unlike a lost connection. */
export function disposed({ name }: Closable, operation?: string, cause?: unknown): FairleadError<'CONFLICT'> {
  return new FairleadError({
    code: 'CONFLICT',
    backend: name,
    operation,
    message: 'the manager has been disposed',
    hint: 'Open another one: what this one started is still there.',
    cause,
  });
}
