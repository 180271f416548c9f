import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mutants } from '../../packages/conformance/test/mutants/index.ts';
import {
  complaints,
  complaintsOf,
  mutantTable,
  type MutantReport,
} from '../../packages/conformance/test/run-mutants.ts';
import type { Phase } from '../phase.ts';

/** Processes that share the work: `npm test` is to fit two cores. */
const shares = 2;
/** Mutants that each of them runs at once. */
const atOnce = 4;

/** Each conformance case is killed by the mutants that it names, and by no other (A19). Prints the table of all. */
export const mutantsPhase: Phase = {
  name: 'mutants',
  run: async () => {
    const ids = mutants.map(({ id }) => id);
    const parts = Array.from({ length: shares }, (_, index) => ids.filter((_id, at) => at % shares === index));
    const reports = await confirmed((await Promise.all(parts.map((part) => runProgram(atOnce, part)))).flat());
    process.stdout.write(`${mutantTable(reports.toSorted((a, b) => (a.id < b.id ? -1 : 1)))}\n`);
    const wrong = complaints(reports);
    for (const complaint of wrong) process.stdout.write(`${complaint}\n`);
    return { passed: Math.max(0, ids.length - wrong.length), failed: wrong.length };
  },
};

/** Hundreds of cases at once crowd each other out: what looks wrong then is told only if it is so by itself. */
async function confirmed(reports: readonly MutantReport[]): Promise<readonly MutantReport[]> {
  const suspects = reports.filter((report) => complaintsOf(report).length > 0);
  if (suspects.length === 0) return reports;
  process.stdout.write(`again, by themselves:\n${suspects.flatMap(complaintsOf).join('\n')}\n`);
  const ids = suspects.map(({ id }) => id);
  const again = await runProgram(1, ids);
  return reports.map((report) => again.find(({ id }) => id === report.id) ?? report);
}

async function runProgram(several: number, ids: readonly string[]): Promise<readonly MutantReport[]> {
  const program = fileURLToPath(new URL('mutants-program.ts', import.meta.url));
  const argv = ['--conditions=@fairlead/source', program, String(several), ...ids];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { maxBuffer: 64 << 20 });
  // The program writes nothing else.
  return JSON.parse(stdout) as MutantReport[];
}
