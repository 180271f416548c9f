import type { z } from 'zod';
import { FairleadError } from './errors.ts';

/** One thing that is wrong with what a caller gave. */
export interface SpecIssue {
  readonly path: string;
  readonly message: string;
}

/** The error that lists all issues of a spec, a line each. `what` is what was checked, for example `spec`. */
export function invalidSpec(what: string, issues: readonly SpecIssue[]): FairleadError<'INVALID_SPEC'> {
  const lines = issues.map(({ path, message }) => `  ${path === '' ? what : path}: ${message}`);
  return new FairleadError({
    code: 'INVALID_SPEC',
    message: `the ${what} is not valid:\n${lines.join('\n')}`,
    details: { issues },
  });
}

/** What a schema found wrong: where and why, never the value. */
export function toIssues(error: z.ZodError): readonly SpecIssue[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.join('.');
    // A key of a record is an issue within an issue.
    const inner = issue.code === 'invalid_key' ? issue.issues : [issue];
    return inner.map(({ message }) => ({ path, message }));
  });
}
