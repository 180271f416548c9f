// `npm test`: everything that needs no engine, then the conformance cases of the scope `test`.
import { conformancePhase } from './conformance-phase.ts';
import { finish, runPhases } from './phase.ts';
import { staticPhases } from './static-phases.ts';

finish(await runPhases([...staticPhases, conformancePhase('test')]));
