import { FairleadError } from '@fairlead/core';
import type { SentError } from './thread-messages.ts';

/** An error in a form that can be cloned between threads, which keep no classes and no fields of errors. */
export function sendError(error: unknown): SentError {
  if (!FairleadError.is(error)) {
    if (!(error instanceof Error)) return { ...unknownError, message: String(error) };
    const code = 'code' in error ? String(error.code) : undefined;
    return { kind: 'other', name: error.name, message: error.message, code, stack: error.stack };
  }
  const { code, hint, retryable, details, stack } = error;
  const suffix = hint === undefined ? '' : `\n  ${hint}`;
  const message = error.message.slice(0, error.message.length - suffix.length);
  const cause = error.cause === undefined ? undefined : sendError(error.cause);
  return { kind: 'fairlead', code, message, hint, retryable, details, stack, cause };
}

const unknownError = { kind: 'other', name: 'Error', code: undefined, stack: undefined } as const;

/** The error that was sent. */
export function receiveError(sent: SentError): Error {
  if (sent.kind === 'fairlead') {
    const cause = sent.cause === undefined ? undefined : receiveError(sent.cause);
    return withStack(new FairleadError({ ...sent, cause }), sent.stack);
  }
  const { name, message, code, stack } = sent;
  return withStack(Object.assign(new Error(message), { name }, code === undefined ? {} : { code }), stack);
}

function withStack(error: Error, stack: string | undefined): Error {
  if (stack !== undefined) error.stack = stack;
  return error;
}
