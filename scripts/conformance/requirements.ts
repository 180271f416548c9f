import type { Case } from '@fairlead/conformance';

/** Requirements of this landing that a case against an engine can prove; others are proven by unit tests or the demo. */
const ofEngines = 'B1 B4 B5 B10 B11 B18 B27 V1 V2 V3 V4 V5 V11 V22 V23 V28 V30 A19 A21 A25 T2 T26'.split(' ');

/** Which of them no case cites. */
export function uncitedRequirements(cases: readonly Case[]): readonly string[] {
  const cited = new Set(cases.flatMap(({ requirements }) => requirements));
  return ofEngines.filter((id) => !cited.has(id));
}
