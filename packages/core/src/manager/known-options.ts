import type { Call } from '../call.ts';
import { FairleadError } from '../errors.ts';

/** Refuses an option that a call does not know: nothing is ignored. @throws FairleadError `INVALID_SPEC` */
export function requireKnown<T extends Call>(
  operation: string,
  options: T,
  known: readonly Exclude<keyof T & string, keyof Call>[],
): void {
  const names: readonly string[] = [...known, 'signal', 'timeoutMs'];
  const unknown = Object.keys(options).filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new FairleadError({
    code: 'INVALID_SPEC',
    operation,
    message: `there is no option ${unknown.join(', ')}`,
    hint: `There are: ${names.join(', ')}.`,
    details: { unknown },
  });
}
