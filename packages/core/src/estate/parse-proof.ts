import type { SessionProof } from './session.ts';

/** A session's proof from a label's text, or undefined if it is none. */
export function parseProofText(text: string | undefined): SessionProof | undefined {
  try {
    return text === undefined ? undefined : parseProof(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A session's proof from a record, or undefined if it is none. */
export function parseProof(value: unknown): SessionProof | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { hostId, bootId, pidNamespace, pid, startTime } = { ...blank, ...value };
  if (typeof hostId !== 'string' || typeof bootId !== 'string' || typeof pidNamespace !== 'string') return undefined;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0 || typeof startTime !== 'string')
    return undefined;
  return { hostId, bootId, pidNamespace, pid, startTime };
}

const blank: Readonly<Record<keyof SessionProof, unknown>> = {
  hostId: undefined,
  bootId: undefined,
  pidNamespace: undefined,
  pid: undefined,
  startTime: undefined,
};
