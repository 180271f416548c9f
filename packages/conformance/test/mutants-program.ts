// Runs a share of the mutants and writes what became of them as one line of JSON. usage: mutants-program.ts INDEX COUNT
import { mutants } from './mutants/index.ts';
import { runMutants } from './run-mutants.ts';

const [index = 0, count = 1] = process.argv.slice(2).map(Number);
const reports = await runMutants(mutants.filter((_, at) => at % count === index));
process.stdout.write(`${JSON.stringify(reports)}\n`, () => process.exit(0));
