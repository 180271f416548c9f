import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { cases } from '../src/cases.ts';
import { mutants } from './mutants/index.ts';
import { complaints, mutantTable, type MutantReport } from './run-mutants.ts';

/** Processes that share the work: `npm test` is to fit two cores. */
const shares = 2;

test('A19: each case is killed by the mutants that it names, and by no other', { timeout: 600_000 }, async () => {
  const reports = (await Promise.all(Array.from({ length: shares }, (_, index) => runShare(index)))).flat();
  process.stdout.write(`${mutantTable(reports)}\n${cases.length} cases, ${reports.length} mutants\n`);
  expect(reports).toHaveLength(mutants.length);
  expect(complaints(reports)).toEqual([]);
});

test('every mutant has an id of its own', () => {
  expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
});

async function runShare(index: number): Promise<readonly MutantReport[]> {
  const program = fileURLToPath(new URL('mutants-program.ts', import.meta.url));
  const argv = ['--conditions=@fairlead/source', program, String(index), String(shares)];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { maxBuffer: 64 << 20 });
  // The program writes nothing else.
  return JSON.parse(stdout) as MutantReport[];
}
