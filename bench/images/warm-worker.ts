// Runs in the lab's newest machine: conversions of one small SIF in this process, and sqfs2tar in its own.
import { mkdir, rm } from 'node:fs/promises';
import { writeSifImage } from '@fairlead/images';
import { sample } from '../contender.ts';
import { runCommand } from '../run-command.ts';

const [sif = '', squashfs = '', rounds = ''] = process.argv.slice(2);
const scratch = '/dev/shm/fairlead-bench-warm';
await mkdir(scratch, { recursive: true });

// As warm as a process that converts for a living.
for (let count = 0; count < 30; count += 1) await convert();
const contenders = [
  { name: 'fairlead', run: convert },
  {
    name: 'sqfs2tar',
    run: async () => void (await runCommand(['sh', '-c', `exec sqfs2tar ${squashfs} >${scratch}/x.tar`])),
  },
];
const samples = await sample(contenders, Number(rounds));
await rm(scratch, { recursive: true });
process.stdout.write(`${JSON.stringify(samples)}\n`);

async function convert(): Promise<void> {
  await writeSifImage(sif, `${scratch}/oci`, { form: 'oci-layout' });
  await rm(`${scratch}/oci`, { recursive: true });
}
