// `npm run test:matrix`: every conformance case on every target, and the corpus of SIFs.
// `npm run test:matrix -- --target NAME --case PREFIX`: only these targets and cases; both may be given several times.
import { parseArgs } from 'node:util';
import { conformancePhase } from './conformance-phase.ts';
import { corpusPhase } from './corpus.ts';
import { finish, runPhases } from './phase.ts';

const { target: targets, case: cases } = parseArgs({
  options: { target: { type: 'string', multiple: true }, case: { type: 'string', multiple: true } },
}).values;
const whole = targets === undefined && cases === undefined;
finish(await runPhases([conformancePhase('matrix', { targets, cases }), ...(whole ? [corpusPhase] : [])]));
