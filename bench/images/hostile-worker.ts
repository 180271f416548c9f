// Runs in the lab's newest machine: refusals of hostile files that metadata tells, each timed by itself.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { writeSifImage } from '@fairlead/images';
import { hostileClasses } from '../../packages/images/test/hostile/hostile-table.ts';
import type { HostileCase } from '../../packages/images/test/hostile/hostile-case.ts';
import { median, sampleReported } from '../contender.ts';
import type { RefusalReport } from './hostile-refusals.ts';

const rounds = Number(process.argv[2]);
const scratch = '/dev/shm/fairlead-bench-hostile';
await rm(scratch, { recursive: true, force: true });
await mkdir(scratch, { recursive: true });

const cases = hostileClasses
  .flatMap((each) => each.cases)
  .filter(({ format, known }) => known === 'metadata' && (format === 'sif' || format === 'squashfs'));
const files = new Map<string, HostileCase>();
for (const [at, each] of cases.entries()) {
  const made = each.make(0);
  if (!(made instanceof Uint8Array)) continue;
  const path = `${scratch}/${at}`;
  await writeFile(path, made);
  files.set(path, each);
}

const contenders = [...files].map(([path, each]) => ({ name: path, run: () => refuse(path, each) }));
// As warm as a process that converts for a living.
const samples = await sampleReported(contenders, rounds, 3);
await rm(scratch, { recursive: true });
// Of each file the usual time: what else the machine does at one moment says nothing of it.
const report: RefusalReport = { milliseconds: Object.values(samples).map(median) };
process.stdout.write(`${JSON.stringify(report)}\n`);

async function refuse(path: string, { policy, name }: HostileCase): Promise<number> {
  const started = performance.now();
  const taken = await writeSifImage(path, `${path}.oci`, { ...policy, form: 'oci-layout' }).then(
    () => true,
    () => false,
  );
  if (taken) throw new Error(`it was not refused: ${name}`);
  return performance.now() - started;
}
