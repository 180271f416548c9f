// Says of each place where an engine may be what is there, or what is missing and what to do about it.
// Ends with 0 when at least one engine can be used. `--json` gives the same for programs.
import { diagnose, type Diagnosis } from 'fairlead';

const diagnoses = await diagnose();
const usable = diagnoses.filter(({ probe }) => probe.usable);
if (process.argv.includes('--json')) console.log(JSON.stringify(diagnoses, undefined, 2));
else for (const diagnosis of diagnoses) console.log(toLine(diagnosis));
process.exitCode = usable.length > 0 ? 0 : 1;

function toLine({ backend, endpoint, probe }: Diagnosis): string {
  const place = `${backend.padEnd(12)} ${endpoint}`;
  if (!probe.usable) return `missing  ${place}: ${probe.reason}${probe.hint === undefined ? '' : ` -> ${probe.hint}`}`;
  const mounts = probe.supports['images.mount'].kind === 'unsupported' ? '' : ', runs a SIF over a mount';
  return `usable   ${place}: ${probe.engine} ${probe.version}${probe.rootless ? ', rootless' : ''}${mounts}`;
}
