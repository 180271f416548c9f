// `npm run check`: everything that needs no engine. `npm run check -- lint types`: only the named phases.
import { finish, runPhases } from './phase.ts';
import { staticPhases } from './static-phases.ts';

const wanted = process.argv.slice(2);
const known = staticPhases.map(({ name }) => name);
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) throw new Error(`no phase ${unknown.join(', ')}; there are: ${known.join(', ')}`);
const phases = staticPhases.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
finish(await runPhases(phases));
