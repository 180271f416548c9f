import { FairleadError } from '../errors.ts';
import type { LogOptions } from '../logs.ts';
import { requireKnown } from './known-options.ts';

/** What to read, checked. */
export interface LogRequest {
  readonly follow: boolean;
  readonly tail: number | undefined;
  readonly since: Date | undefined;
  readonly timestamps: boolean;
}

/** Checks what a caller asked for. @throws FairleadError `INVALID_SPEC` */
export function parseLogOptions(options: LogOptions): LogRequest {
  requireKnown('logs', options, ['follow', 'tail', 'since', 'timestamps', 'as']);
  const { tail, follow = false, timestamps = false } = options;
  if (tail !== undefined && (!Number.isSafeInteger(tail) || tail < 0)) {
    throw invalid('tail', tail, 'a whole number of lines, 0 or more');
  }
  const since = options.since === undefined ? undefined : new Date(options.since);
  if (since !== undefined && Number.isNaN(since.getTime())) {
    throw invalid('since', options.since, 'a Date or an RFC 3339 time');
  }
  if (options.as !== undefined && !['lines', 'chunks'].includes(options.as)) {
    throw invalid('as', options.as, "'lines' or 'chunks'");
  }
  return { follow, tail, since, timestamps };
}

function invalid(option: string, value: unknown, wanted: string): FairleadError {
  return new FairleadError({
    code: 'INVALID_SPEC',
    operation: 'logs',
    message: `${option} is ${JSON.stringify(value)}; it must be ${wanted}`,
    details: { option },
  });
}
