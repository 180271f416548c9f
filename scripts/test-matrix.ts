// `npm run test:matrix`: hostile images through every reader, every conformance case on every target, and the corpus of
// SIFs.
import { conformancePhase } from './conformance-phase.ts';
import { corpusPhase } from './corpus.ts';
import { fuzzPhase } from './fuzz-phase.ts';
import { finish, runPhases } from './phase.ts';

finish(await runPhases([fuzzPhase, conformancePhase('matrix'), corpusPhase]));
