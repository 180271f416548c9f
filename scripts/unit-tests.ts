import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Phase, Tally } from './phase.ts';
import { runTool } from './tool.ts';

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

export const unitTests: Phase = {
  name: 'unit tests',
  run: async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'fairlead-unit-'));
    try {
      return await runVitest(path.join(folder, 'report.json'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function runVitest(file: string): Promise<Tally> {
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${file}`];
  const { code, output } = await runTool('vitest', 'vitest', ['run', ...reporters]);
  // The report is vitest's own, written by the version that the lock file pins.
  const tally = countTests(JSON.parse(await readFile(file, 'utf8')) as Report);
  if (code === 0 && tally.failed === 0) return tally;
  process.stdout.write(output);
  return tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

/** A skipped test is a failed one, and so is a file that could not be loaded. */
export function countTests(report: Report): Tally {
  const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numPendingTests + report.numTodoTests + unloaded.length,
  };
}
