// Runs cases against the target of this process, one line of JSON per outcome, then the report as the last line.
// usage: worker.ts all|version|rest [ID…]
import { cases, runCases } from '@fairlead/conformance';
import { closeTarget, openTarget } from './open-target.ts';
import { readPlace } from './place.ts';

const [which = 'all', ...ids] = process.argv.slice(2);
const wanted = cases.filter(
  ({ id, tags }) =>
    (ids.length === 0 || ids.some((each) => id.startsWith(each))) &&
    (which === 'all' || (tags?.includes('version') === true) === (which === 'version')),
);
const place = readPlace();
await closeTarget(place);
const target = await openTarget(place.name);
const report = await runCases(target, { cases: wanted, onOutcome: (outcome) => say({ outcome }) });
await clearAway();
await closeTarget(place);
say({ report });
// Whatever a manager still has open must not keep this process: the cases are over.
process.exit(0);

/** Killed sessions could not take their temporary files along; any reap does, also one of an owner who has nothing. */
async function clearAway(): Promise<void> {
  await using manager = target.connect({ owner: 'conformance' });
  await manager.reap();
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
