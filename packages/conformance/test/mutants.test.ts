import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { cases } from '../src/cases.ts';
import { mutants } from './mutants/index.ts';
import { complaints, complaintsOf, mutantTable, type MutantReport } from './run-mutants.ts';

/** Processes that share the work: `npm test` is to fit two cores. */
const shares = 2;

test('A19: each case is killed by the mutants that it names, and by no other', { timeout: 600_000 }, async () => {
  const ids = mutants.map(({ id }) => id);
  const parts = Array.from({ length: shares }, (_, index) => ids.filter((_id, at) => at % shares === index));
  const reports = await confirmed((await Promise.all(parts.map((part) => runProgram(8, part)))).flat());
  process.stdout.write(`${mutantTable(reports)}\n${cases.length} cases, ${reports.length} mutants\n`);
  expect(reports).toHaveLength(mutants.length);
  expect(complaints(reports)).toEqual([]);
});

test('every mutant has an id of its own', () => {
  expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
});

/** Hundreds of cases at once crowd each other out: what looks wrong then is told only if it is so by itself. */
async function confirmed(reports: readonly MutantReport[]): Promise<readonly MutantReport[]> {
  const suspects = reports.filter((report) => complaintsOf(report).length > 0);
  if (suspects.length === 0) return reports;
  process.stdout.write(`again, by themselves:\n${suspects.flatMap(complaintsOf).join('\n')}\n`);
  const again = await runProgram(
    1,
    suspects.map(({ id }) => id),
  );
  return reports.map((report) => again.find(({ id }) => id === report.id) ?? report);
}

async function runProgram(atOnce: number, ids: readonly string[]): Promise<readonly MutantReport[]> {
  const program = fileURLToPath(new URL('mutants-program.ts', import.meta.url));
  const argv = ['--conditions=@fairlead/source', program, String(atOnce), ...ids];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { maxBuffer: 64 << 20 });
  // The program writes nothing else.
  return JSON.parse(stdout) as MutantReport[];
}
