// `npm run test:matrix`: every conformance case on every target, and the corpus of SIFs.
import { conformancePhase } from './conformance-phase.ts';
import { corpusPhase } from './corpus.ts';
import { finish, runPhases } from './phase.ts';

finish(await runPhases([conformancePhase('matrix'), corpusPhase]));
