import type { Case } from '@fairlead/conformance';
import { sources, type Source } from '../sources.ts';
import { siteChecks } from './site-checks.ts';

/** The requirements of the first landing, all of them. */
const ofLanding =
  'B1 B2 B3 B4 B5 B9 B10 B11 B18 B27 V1 V2 V3 V4 V5 V11 V21 V22 V23 V28 V30 A18 A19 A21 A25 T2 T26'.split(' ');

/** Which of them neither a case, nor a check of a site, nor the name of a test cites. */
export async function uncitedRequirements(cases: readonly Case[]): Promise<readonly string[]> {
  const folders = await Promise.all(['packages', 'lab', 'scripts', 'examples', 'bench'].map(testsBelow));
  const cited = new Set([
    ...cases.flatMap(({ requirements }) => requirements),
    ...siteChecks.flatMap(({ requirements }) => requirements),
    ...folders.flat().flatMap(citedInNames),
  ]);
  return ofLanding.filter((id) => !cited.has(id));
}

function testsBelow(folder: string): Promise<readonly Source[]> {
  return sources(folder, ['.test.ts']);
}

/** The ids in the names of tests and of their groups. */
export function citedInNames({ text }: Pick<Source, 'text'>): readonly string[] {
  const names = text.matchAll(/\b(?:it|test|describe)(?:\.each\([^)]*\))?\(\s*(['"`])(.*?)\1\s*,/g);
  return [...names].flatMap(([, , name = '']) => name.match(/\b[A-Z]\d+\b/g) ?? []);
}
