// `npm run test:matrix`: every conformance case on every target.
import { conformancePhase } from './conformance-phase.ts';
import { finish, runPhases } from './phase.ts';

finish(await runPhases([conformancePhase('matrix')]));
