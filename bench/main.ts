// npm run bench [-- NAME] [--rounds N] [--json FILE]: every figure is a ratio against a named reference in the same run.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openLab, type Endpoint, type OwnLab } from '../lab/index.ts';
import { runTool } from '../scripts/tool.ts';
import type { Samples } from './contender.ts';
import { imageBenchmarks } from './images/image-rows.ts';
import { importTimes } from './import-time.ts';
import { benchmarks, formatRows, toRows, type Benchmark, type Row } from './rows.ts';
import { runCommand } from './run-command.ts';
import type { WorkerJob } from './worker.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, rounds: { type: 'string' } },
});
const [name = ''] = positionals;
const wanted = benchmarks.filter((benchmark) => benchmark.name.includes(name));
const wantedImages = imageBenchmarks.filter((benchmark) => benchmark.name.includes(name));
if (wanted.length + wantedImages.length === 0) {
  const names = [...benchmarks, ...imageBenchmarks].map((each) => each.name).join(', ');
  throw new Error(`no benchmark has ${JSON.stringify(name)} in its name; there are ${names}`);
}
/** Fewer rounds are enough for a look. */
const fewer = values.rounds === undefined ? Number.POSITIVE_INFINITY : Number(values.rounds);

const rows: Row[] = [];
if (wantedImages.length > 0 || wanted.some(({ place }) => place !== 'here')) await measureInLab();
for (const benchmark of wanted.filter(({ place }) => place === 'here')) {
  announce(benchmark);
  rows.push(...toRows(benchmark, await importTimes(roundsOf(benchmark))));
}
process.stdout.write(formatRows(rows));
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify({ node: process.version, rows }, undefined, 2)}\n`);

async function measureInLab(): Promise<void> {
  await using lab = await openLab();
  if (lab.kind === 'discovered') {
    process.stdout.write(`These need the lab's engines and were not measured (${lab.why}).\n`);
    return;
  }
  for (const benchmark of wanted) {
    if (benchmark.place === 'here') continue;
    announce(benchmark);
    rows.push(...toRows(benchmark, await samplesInside(lab, benchmark.place, roundsOf(benchmark))));
  }
  if (wantedImages.length > 0) await buildPackages();
  for (const benchmark of wantedImages) {
    announce(benchmark);
    rows.push(...(await benchmark.measure(lab, roundsOf(benchmark))));
  }
}

/** Images are converted by what is published. */
async function buildPackages(): Promise<void> {
  const { code, output } = await runTool('typescript', 'tsc', ['-b']);
  if (code !== 0) throw new Error(`the build failed\n${output}`);
}

function roundsOf({ rounds }: { readonly rounds: number }): number {
  return Math.min(rounds, fewer);
}

function announce(benchmark: Pick<Benchmark, 'name' | 'rounds'>): void {
  process.stderr.write(`bench: ${benchmark.name}, ${roundsOf(benchmark)} rounds\n`);
}

async function samplesInside(
  lab: OwnLab,
  place: Exclude<Benchmark['place'], 'here'>,
  rounds: number,
): Promise<Samples> {
  const endpoint = lab.endpoints.find((each) => each.name === place.target);
  if (endpoint === undefined) throw new Error(`the lab has no target ${place.target}`);
  const script = fileURLToPath(new URL(`${place.worker}.ts`, import.meta.url));
  const job = JSON.stringify(jobOf(lab, endpoint, rounds));
  const said = await runCommand([...endpoint.enter, process.execPath, '--conditions=@fairlead/source', script, job]);
  // The worker's last line is its samples; both ends are of one version.
  return JSON.parse(said.split('\n').at(-1) ?? '') as Samples;
}

function jobOf({ images }: OwnLab, { options, cli }: Endpoint, rounds: number): WorkerJob {
  const socketPath = 'socketPath' in options ? options.socketPath : '';
  const image = socketPath === '' ? images.busybox.sif : images.busybox.registry;
  return { image: image ?? '', cli, socketPath, rounds };
}
