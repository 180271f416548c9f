import { join } from 'node:path';
import type { OwnLab } from '../../lab/index.ts';
import { sampleReported, type ReportingContender, type Samples } from '../contender.ts';
import { toRows, type Row } from '../rows.ts';
import { runCommand } from '../run-command.ts';
import { convertCommand, idleCommand, type ConversionReport } from './convert-script.ts';
import { ensureInput, type ImageInput, type InputFiles } from './image-inputs.ts';

/** A conversion of a SIF to an OCI layout that is compared with others. */
export interface Conversion {
  readonly input: ImageInput;
  /** Most that the time may be of that of each reference. */
  readonly bars: Partial<Readonly<Record<'sqfs2tar' | 'sqfs2tar+sha256sum' | 'skopeo', number>>>;
}

const scratch = '/dev/shm/fairlead-bench';
const megabyte = 1_000_000;

/**
 * Measures a conversion in a memory file system inside the lab's newest machine, each in a process of its own. Ours
 * is timed inside that process, start of its threads and cold code included; the others from outside.
 */
export async function measureConversion(
  lab: OwnLab,
  { input, bars }: Conversion,
  rounds: number,
): Promise<readonly Row[]> {
  const files = await ensureInput(lab.paths, input);
  const reports: ConversionReport[] = [];
  const idle: number[] = [];
  const fairlead = async (): Promise<number> => {
    idle.push(Number(await inside(lab, idleCommand)));
    const report = await convert(lab, files, 'layout');
    reports.push(report);
    return report.milliseconds;
  };
  const contenders: readonly ReportingContender[] = [
    { name: 'fairlead', run: fairlead },
    ...references(files)
      .filter(({ name }) => name in bars)
      .map(({ name, command }) => ({ name, run: () => timed(lab, command) })),
  ];
  const samples = await sampleReported(contenders, rounds, 1);
  const loads = [await convert(lab, files, 'nowhere')];
  const counted = reports.slice(1);
  const memory = counted.map(({ peakBytes }, at) => (peakBytes - (idle[at + 1] ?? 0)) / megabyte);
  const row = (what: string, unit: Row['unit'], found: Samples): readonly Row[] =>
    toRows({ name: `images/${input} ${what}`, bars: { allowed: 1 } }, found, unit);
  return [
    ...toRows({ name: `images/${input}`, bars: { ...bars } }, samples),
    ...row('memory above idle', 'MB', { fairlead: memory, allowed: [120] }),
    ...row('timer late', 'ms', { fairlead: counted.map(({ lateMilliseconds }) => lateMilliseconds), allowed: [50] }),
    // A bar of nothing has no ratio: a megabyte is what the file system's own accounting may differ by.
    ...row('temporary disk', 'MB', {
      fairlead: counted.map(({ temporaryBytes }) => temporaryBytes / megabyte),
      allowed: [1],
    }),
    ...row('load disk', 'MB', { fairlead: loads.map(({ temporaryBytes }) => temporaryBytes / megabyte), allowed: [1] }),
  ];
}

async function convert(lab: OwnLab, { sif }: InputFiles, into: 'layout' | 'nowhere'): Promise<ConversionReport> {
  const said = await inside(lab, convertCommand(lab.paths.checkout, sif, into));
  // The script writes that type; both are of one version.
  return JSON.parse(said) as ConversionReport;
}

interface Reference {
  readonly name: keyof Conversion['bars'];
  readonly command: string;
}

function references({ sif, squashfs }: InputFiles): readonly Reference[] {
  const tar = join(scratch, 'reference.tar');
  return [
    { name: 'sqfs2tar', command: `sqfs2tar ${squashfs} >${tar}` },
    { name: 'sqfs2tar+sha256sum', command: `sqfs2tar ${squashfs} >${tar} && sha256sum ${tar}` },
    {
      name: 'skopeo',
      command: `TMPDIR=${scratch} skopeo --insecure-policy copy -q sif:${sif} oci:${scratch}/skopeo:x`,
    },
  ];
}

async function timed(lab: OwnLab, command: string): Promise<number> {
  await inside(lab, ['mkdir', '-p', scratch]);
  const started = performance.now();
  await inside(lab, ['sh', '-c', command]);
  const milliseconds = performance.now() - started;
  await inside(lab, ['rm', '-rf', scratch]);
  return milliseconds;
}

function inside({ paths }: OwnLab, argv: readonly string[]): Promise<string> {
  return runCommand([paths.enter, '@sid', ...argv]);
}
