import type { Call } from '../call.ts';
import { FairleadError } from '../errors.ts';

/** Refuses an option that a call does not know: nothing is ignored. @throws FairleadError `INVALID_SPEC` */
export function requireKnown<T extends Call>(
  operation: string,
  options: T,
  known: readonly Exclude<keyof T & string, keyof Call>[],
): void {
  requireNames(operation, options, [...known, 'signal', 'timeoutMs']);
}

/** The same for an object that is not the options of a call, as a filter. @throws FairleadError `INVALID_SPEC` */
export function requireNames<T extends object>(
  operation: string,
  given: T,
  names: readonly (keyof T & string)[],
): void {
  const known: readonly string[] = names;
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new FairleadError({
    code: 'INVALID_SPEC',
    operation,
    message: `there is no option ${unknown.join(', ')}`,
    hint: `There are: ${names.join(', ')}.`,
    details: { unknown },
  });
}
