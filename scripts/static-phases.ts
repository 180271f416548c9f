import { documentedCode } from './documented-code.ts';
import { houseRules } from './house-rules.ts';
import { capabilityMatrixPhase } from './matrix.ts';
import { mutantsPhase } from './mutants/mutants.ts';
import { packageChecks } from './package-checks.ts';
import type { Phase } from './phase.ts';
import { sameDigests } from './same-digests/same-digests.ts';
import { runTool, toolVerdict } from './tool.ts';
import { unitTests } from './unit-tests.ts';

/** Everything that needs no engine, the quickest first. */
export const staticPhases: readonly Phase[] = [
  tool('lint', 'oxlint', 'oxlint', []),
  tool('format', 'oxfmt', 'oxfmt', ['--check']),
  ...houseRules,
  tool('types', 'typescript', 'tsc', ['-b']),
  tool('dead code', 'knip', 'knip', []),
  documentedCode,
  capabilityMatrixPhase,
  unitTests,
  mutantsPhase,
  sameDigests,
  packageChecks,
];

function tool(name: string, packageName: string, command: string, args: readonly string[]): Phase {
  return { name, run: async () => toolVerdict(await runTool(packageName, command, args)) };
}
