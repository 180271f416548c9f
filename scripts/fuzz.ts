// `npm run fuzz -- --cases N --seed S`: damaged images through every reader. `--case N`: one of them, told in detail.
import { parseArgs } from 'node:util';
import { runFuzzCase } from '../packages/images/test/fuzz/fuzz-case.ts';
import { fuzzTable } from '../packages/images/test/fuzz/fuzz-report.ts';
import { runFuzz } from '../packages/images/test/fuzz/run-fuzz.ts';
import { fuzzTally, matrixRun } from './fuzz-phase.ts';
import { finish } from './phase.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string' },
    seed: { type: 'string', default: String(matrixRun.seed) },
    case: { type: 'string' },
    threads: { type: 'string', default: '2' },
  },
});

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} takes a whole number, not ${text}`);
}

const seed = wholeNumber('seed', values.seed);
if (values.case === undefined) {
  const cases = wholeNumber('cases', values.cases ?? String(matrixRun.cases));
  const run = await runFuzz({ cases, seed, threads: wholeNumber('threads', values.threads) });
  process.stdout.write(`${fuzzTable(run)}\n`);
  finish(fuzzTally(run, cases));
} else {
  const result = await runFuzzCase(seed, wholeNumber('case', values.case));
  process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  finish(result.fault === undefined ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
}
