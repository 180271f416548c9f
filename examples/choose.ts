// Says which engine of this machine would run an image, and why not the others.
//   choose.ts [IMAGE]   IMAGE: a reference, or a file of any format under any name
// Ends with 1 and a table of reasons where no engine here can run it.
import { FairleadError, select, type RunSpec, type Selection } from 'fairlead';

const image = process.argv[2] ?? 'docker.io/library/busybox:latest';
// What the spec uses is what the engine must honour: here a read-only root, no network, and a file put in.
const files = [{ target: '/etc/model.json', content: '{}' }];
const spec: RunSpec = { image, readOnlyRootfs: true, network: { mode: 'none' }, files };

try {
  await using manager = await select(spec, { durable: true });
  console.log(explain(manager.selection));
} catch (error) {
  if (!FairleadError.is(error, 'NO_BACKEND')) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function explain({ artifact, chosen, verdicts }: Selection): string {
  const format = artifact.kind === 'image' ? artifact.image.format : 'manifest';
  const { backend, endpoint } = chosen.candidate;
  const others = verdicts.filter((verdict) => verdict !== chosen);
  return [
    `${image} is of format ${format}: ${backend} at ${endpoint}${wayOf(chosen)}`,
    ...others.map(
      ({ candidate, reasons }) => `  not ${candidate.backend} at ${candidate.endpoint}: ${reasonOf(reasons)}`,
    ),
  ].join('\n');
}

function wayOf({ mounts, converts }: Selection['chosen']): string {
  if (mounts) return ', over a mount';
  return converts ? ', converted for it' : '';
}

function reasonOf(reasons: readonly string[]): string {
  return reasons.length === 0 ? 'it comes later in the order of preference' : reasons.join('; ');
}
