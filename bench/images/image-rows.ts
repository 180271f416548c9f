import type { OwnLab } from '../../lab/index.ts';
import type { Row } from '../rows.ts';
import { measureConversion, type Conversion } from './conversions.ts';
import { measureFirstRun, measureNextRun, type FirstRun } from './engine-runs.ts';
import { measureRefusals } from './hostile-refusals.ts';
import { measureWarm } from './warm-conversion.ts';

/** A group of rows about images, measured together. */
export interface ImageBenchmark {
  readonly name: string;
  readonly rounds: number;
  measure(lab: OwnLab, rounds: number): Promise<readonly Row[]>;
}

function conversion(of: Conversion): ImageBenchmark {
  return { name: `images/${of.input}`, rounds: 7, measure: (lab, rounds) => measureConversion(lab, of, rounds) };
}

function firstRun(of: FirstRun): ImageBenchmark {
  return { name: `images/run-${of.target}`, rounds: 7, measure: (lab, rounds) => measureFirstRun(lab, of, rounds) };
}

function nextRun(target: FirstRun['target']): ImageBenchmark {
  return { name: `images/again-${target}`, rounds: 15, measure: (lab, rounds) => measureNextRun(lab, target, rounds) };
}

/** Every benchmark about images, in the order in which it runs. */
export const imageBenchmarks: readonly ImageBenchmark[] = [
  conversion({ input: '250MB', bars: { 'sqfs2tar+sha256sum': 0.85, skopeo: 0.2 } }),
  conversion({ input: '1GB', bars: { 'sqfs2tar+sha256sum': 0.85, skopeo: 0.2 } }),
  conversion({ input: '250MB-zstd', bars: { 'sqfs2tar+sha256sum': 1.5 } }),
  conversion({ input: '100k-files', bars: { sqfs2tar: 3 } }),
  { name: 'images/2MB', rounds: 15, measure: measureWarm },
  { name: 'images/hostile', rounds: 7, measure: measureRefusals },
  firstRun({ target: 'podman', reference: 'podman-pull', bar: 0.5 }),
  firstRun({ target: 'docker', reference: 'sandbox-import', bar: 1 }),
  nextRun('podman'),
  nextRun('docker'),
];
