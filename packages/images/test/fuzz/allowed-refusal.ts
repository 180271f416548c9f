import { FairleadError } from '@fairlead/core';

const codes: ReadonlySet<string> = new Set([
  'CORRUPT_IMAGE',
  'INVALID_IMAGE',
  'POLICY_DENIED',
  'CONVERSION_FAILED',
  'PLATFORM_MISMATCH',
]);

/** The error with which a hostile image was refused. @throws the error itself if it is none with which one may be */
export function refusedWith(error: unknown): FairleadError {
  if (FairleadError.is(error) && codes.has(error.code)) return error;
  throw error;
}

/** Its code. @throws as `refusedWith` */
export function refusalOf(error: unknown): string {
  return refusedWith(error).code;
}
