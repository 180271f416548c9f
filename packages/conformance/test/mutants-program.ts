// Runs mutants and writes what became of them as one line of JSON. usage: mutants-program.ts AT_ONCE ID…
import { mutants } from './mutants/index.ts';
import { runMutants } from './run-mutants.ts';

const [atOnce, ...ids] = process.argv.slice(2);
const reports = await runMutants(
  mutants.filter(({ id }) => ids.includes(id)),
  Number(atOnce),
);
process.stdout.write(`${JSON.stringify(reports)}\n`, () => process.exit(0));
