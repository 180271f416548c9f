import { runConformance, type ConformanceFilter, type ConformanceScope } from './conformance.ts';
import type { Phase } from './phase.ts';

/** The cases against the real engines that the lab or the machine has. */
export function conformancePhase(scope: ConformanceScope, filter?: ConformanceFilter): Phase {
  return { name: 'conformance', run: () => runConformance({ scope, filter }) };
}
