import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Endpoint, OwnLab } from '../../lab/index.ts';
import { sampleReported, type Samples } from '../contender.ts';
import { toRows, type Row } from '../rows.ts';
import { runCommand } from '../run-command.ts';
import { ensureInput } from './image-inputs.ts';

/** From a SIF to a container that has run, where nothing of it is there yet. */
export interface FirstRun {
  readonly target: 'docker' | 'podman';
  readonly reference: 'podman-pull' | 'sandbox-import';
  readonly bar: number;
}

const program = '/usr/bin/busybox';
const name = 'localhost/fairlead-bench:reference';

/** Samples of the whole way, ours in a process of its own with an empty cache; removing the image is not timed. */
export async function measureFirstRun(lab: OwnLab, of: FirstRun, rounds: number): Promise<readonly Row[]> {
  const { sif } = await ensureInput(lab.paths, '250MB');
  const place = placeOf(lab, of.target);
  const cache = join(lab.share, 'tmp', of.target, 'bench-cache');
  const fairlead = async (): Promise<number> => {
    const module = pathToFileURL(join(lab.paths.checkout, 'packages/fairlead/dist/index.js')).href;
    const node = [
      'env',
      `XDG_CACHE_HOME=${cache}`,
      process.execPath,
      '--input-type=module',
      '--eval',
      script,
      module,
      sif,
    ];
    const started = performance.now();
    const image = await runCommand([...place.enter, '/usr/bin/env', ...node.slice(1)]);
    const milliseconds = performance.now() - started;
    await runCommand([...place.enter, ...place.cli, 'rmi', '--force', image]);
    await runCommand([lab.paths.enter, '@sid', 'rm', '-rf', cache]);
    return milliseconds;
  };
  const reference =
    of.reference === 'podman-pull' ? () => podmanPull(lab, place, sif) : () => sandboxImport(lab, place, sif);
  const contenders = [
    { name: 'fairlead', run: fairlead },
    { name: of.reference, run: reference },
  ];
  const samples = await sampleReported(contenders, rounds, 1);
  return toRows({ name: `images/run-${of.target}`, bars: { [of.reference]: of.bar } }, samples);
}

/** Samples of running the same SIF again, against running its image by name. */
export async function measureNextRun(lab: OwnLab, target: FirstRun['target'], rounds: number): Promise<readonly Row[]> {
  const { sif } = await ensureInput(lab.paths, '250MB');
  const place = placeOf(lab, target);
  const script = fileURLToPath(new URL('run-again.ts', import.meta.url));
  const job = JSON.stringify({ image: sif, cli: place.cli, socketPath: '', rounds });
  const said = await runCommand([...place.enter, process.execPath, script, job]);
  // The worker's last line is its samples; both ends are of one version.
  const samples = JSON.parse(said.split('\n').at(-1) ?? '') as Samples;
  return toRows({ name: `images/again-${target}`, bars: { 'by-name': 1.1 } }, samples);
}

const script = `
const [module, image] = process.argv.slice(1);
const { select } = await import(module);
await using manager = await select(image);
const { name } = await manager.images.ensure(image);
const { exit } = await manager.runToCompletion({ image, entrypoint: [], command: ['${program}', 'true'] });
if (exit.code !== 0) throw new Error('the container ended with ' + exit.code);
process.stdout.write(name);
`;

async function podmanPull(lab: OwnLab, { cli }: Endpoint, sif: string): Promise<number> {
  const podman = [lab.paths.enter, '@sid', ...cli];
  const started = performance.now();
  const id = (await runCommand([...podman, 'pull', '--quiet', `sif:${sif}`])).split('\n').at(-1) ?? '';
  await runCommand([...podman, 'run', '--rm', '--network', 'none', id, program, 'true']);
  const milliseconds = performance.now() - started;
  await runCommand([...podman, 'rmi', '--force', id]);
  return milliseconds;
}

async function sandboxImport(lab: OwnLab, { cli }: Endpoint, sif: string): Promise<number> {
  const apptainer = placeOf(lab, 'apptainer');
  const sandbox = join(lab.share, 'tmp/apptainer/bench-sandbox');
  const docker = [lab.paths.enter, '@sid'];
  const started = performance.now();
  await runCommand([
    ...apptainer.enter,
    ...apptainer.cli,
    '--quiet',
    'build',
    '--disable-cache',
    '--sandbox',
    sandbox,
    sif,
  ]);
  const importing = 'tar -C "$1" -c . | { shift 2; "$@"; }';
  await runCommand([...docker, 'sh', '-c', importing, 'sh', sandbox, '-', ...cli, 'import', '-', name]);
  await runCommand([...docker, ...cli, 'run', '--rm', '--network', 'none', name, program, 'true']);
  const milliseconds = performance.now() - started;
  await runCommand([...docker, ...cli, 'rmi', '--force', name]);
  await runCommand([lab.paths.enter, '@sid', 'rm', '-rf', sandbox]);
  return milliseconds;
}

function placeOf(lab: OwnLab, target: string): Endpoint {
  const endpoint = lab.endpoints.find((each) => each.name === target);
  if (endpoint === undefined) throw new Error(`the lab has no target ${target}`);
  return endpoint;
}
