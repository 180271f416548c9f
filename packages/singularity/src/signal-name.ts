import { constants } from 'node:os';
import { FairleadError } from '@fairlead/core';
import { backendName } from './errors.ts';

/** The signal of this name, with or without SIG, or of this number. @throws FairleadError `INVALID_SPEC` */
export function toSignal(text: string): NodeJS.Signals {
  const found = findSignal(text);
  if (found !== undefined) return found;
  throw new FairleadError({
    code: 'INVALID_SPEC',
    backend: backendName,
    message: `${JSON.stringify(text)} is no signal of this host`,
    hint: 'Use a name such as SIGTERM.',
    details: { signal: text },
  });
}

/** Undefined for a signal that Node cannot send by name, real-time signals among them. */
export function findSignal(text: string): NodeJS.Signals | undefined {
  const wanted = text.toUpperCase();
  const entries = Object.entries(constants.signals);
  const found = entries.find(
    ([name, number]) => name === wanted || name === `SIG${wanted}` || (/^\d+$/.test(text) && number === Number(text)),
  );
  // The keys of this table are the names of signals.
  return found?.[0] as NodeJS.Signals | undefined;
}
