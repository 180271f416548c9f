// `npm run test:matrix`: hostile images through every reader, every conformance case on every target, and the corpus of
// SIFs. `npm run test:matrix -- --target NAME --case PREFIX`: only these targets and cases, and nothing else; both may be
// given several times.
import { parseArgs } from 'node:util';
import { conformancePhase } from './conformance-phase.ts';
import { corpusPhase } from './corpus.ts';
import { fuzzPhase } from './fuzz-phase.ts';
import { finish, runPhases } from './phase.ts';

const { target: targets, case: cases } = parseArgs({
  options: { target: { type: 'string', multiple: true }, case: { type: 'string', multiple: true } },
}).values;
const conformance = conformancePhase('matrix', { targets, cases });
const part = targets !== undefined || cases !== undefined;
finish(await runPhases(part ? [conformance] : [fuzzPhase, conformance, corpusPhase]));
