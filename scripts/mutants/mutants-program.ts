// Runs mutants and writes what became of them as one line of JSON. usage: mutants-program.ts AT_ONCE ID…
import { mutants } from '../../packages/conformance/test/mutants/index.ts';
import { runMutants } from '../../packages/conformance/test/run-mutants.ts';

const [atOnce, ...ids] = process.argv.slice(2);
const wanted = mutants.filter(({ id }) => ids.includes(id));
const reports = await runMutants(wanted, Number(atOnce));
process.stdout.write(`${JSON.stringify(reports)}\n`, () => process.exit(0));
