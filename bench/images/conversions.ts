import { join } from 'node:path';
import type { OwnLab } from '../../lab/index.ts';
import { sampleReported, withoutDoor, type ReportingContender } from '../contender.ts';
import { limitRow, toRows, type Limit, type Row } from '../rows.ts';
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
/** A command that does nothing, run as the references are. */
const door = 'nothing';

/**
 * Measures a conversion in a memory file system inside the lab's newest machine, each in a process of its own. Ours
 * is timed inside that process, start of its threads and cold code included; the others from outside, and what it takes
 * to enter the machine and to start a shell there is measured in every round and taken off them.
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
    { name: door, run: () => timed(lab, ':') },
    ...references(files)
      .filter(({ name }) => name in bars)
      .map(({ name, command }) => ({ name, run: () => timed(lab, command) })),
  ];
  const { samples, doorMs } = withoutDoor(await sampleReported(contenders, rounds, 1), { door, inside: 'fairlead' });
  process.stderr.write(
    `bench: images/${input}, ${doorMs.toFixed(1)} ms for an empty command are taken off each reference\n`,
  );
  const load = await convert(lab, files, 'nowhere');
  return [
    ...toRows({ name: `images/${input}`, bars: { ...bars } }, samples),
    ...limitRows(input, { reports, idle, load }),
  ];
}

interface Measured {
  readonly reports: readonly ConversionReport[];
  /** Memory in bytes of a Node that does nothing, measured before each of them. */
  readonly idle: readonly number[];
  /** Of a conversion into nothing, as for an engine's load. */
  readonly load: ConversionReport;
}

function limitRows(input: ImageInput, { reports, idle, load }: Measured): readonly Row[] {
  const row = (what: string, { unit, most }: Omit<Limit, 'name'>, values: readonly number[]): Row =>
    limitRow({ name: `images/${input} ${what}`, unit, most }, values);
  const memory = reports.map(({ peakBytes }, at) => (peakBytes - (idle[at] ?? 0)) / megabyte);
  const late = [...reports, load].map(({ lateMilliseconds }) => lateMilliseconds);
  const disk = reports.map(({ temporaryBytes }) => temporaryBytes / megabyte);
  return [
    row('memory above idle', { unit: 'MB', most: 120 }, memory),
    row('timer late', { unit: 'ms', most: 50 }, late),
    // A bar of nothing has no ratio: a megabyte is what threads may tell each other through files of the kernel.
    row('temporary disk', { unit: 'MB', most: 1 }, disk),
    row('load disk', { unit: 'MB', most: 1 }, [load.temporaryBytes / megabyte]),
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
