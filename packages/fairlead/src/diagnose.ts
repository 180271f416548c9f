import type { Call, Probe } from '@fairlead/core';
import { loadBackends } from './modules.ts';

/** One place where an engine may be, and what it said. */
export interface Diagnosis {
  readonly backend: string;
  readonly endpoint: string;
  readonly probe: Probe;
}

/** Asks every place of this machine where an engine may be; misses come with reason and remedy (V22). */
export async function diagnose(options: Call = {}): Promise<readonly Diagnosis[]> {
  const { inCall, requireKnown } = await import('@fairlead/core/backend');
  const { openCandidates } = await import('./candidates.ts');
  return inCall(options, 'diagnose', async (call) => {
    requireKnown('diagnose', options, []);
    await using candidates = await openCandidates(await loadBackends(), { mount: 'auto' }, call);
    return candidates.opened.map(({ candidate: { backend, endpoint, probe } }) => ({ backend, endpoint, probe }));
  });
}
