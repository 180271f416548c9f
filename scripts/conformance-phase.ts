import { existsSync } from 'node:fs';
import type { Phase, Tally } from './phase.ts';

/** `test`: every case on the newest engines, `version` cases on the others. `matrix`: every case on every target. */
export type ConformanceScope = 'test' | 'matrix';

type RunConformance = (options: { readonly scope: ConformanceScope }) => Promise<Tally>;

/** The cases against the real engines that the lab or the machine has. */
export function conformancePhase(scope: ConformanceScope): Phase {
  return { name: 'conformance', run: async () => (await loadSuite())({ scope }) };
}

async function loadSuite(): Promise<RunConformance> {
  const file = new URL('conformance.ts', import.meta.url);
  if (!existsSync(file)) return noSuite;
  const module: unknown = await import(file.href);
  if (!hasRunConformance(module)) throw new Error('scripts/conformance.ts exports no function runConformance');
  return module.runConformance;
}

function noSuite(): Promise<Tally> {
  process.stdout.write('scripts/conformance.ts is not there: no case was run\n');
  return Promise.resolve({ passed: 0, failed: 0 });
}

function hasRunConformance(module: unknown): module is { readonly runConformance: RunConformance } {
  return (
    typeof module === 'object' &&
    module !== null &&
    'runConformance' in module &&
    typeof module.runConformance === 'function'
  );
}
