import { runConformance, type ConformanceScope } from './conformance.ts';
import type { Phase } from './phase.ts';

/** The cases against the real engines that the lab or the machine has. */
export function conformancePhase(scope: ConformanceScope): Phase {
  return { name: 'conformance', run: () => runConformance({ scope }) };
}
