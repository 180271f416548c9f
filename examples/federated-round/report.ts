import { basename, dirname, join } from 'node:path';
import { roundCount, type Progress, type Trained, type Twin } from './coordinator.ts';
import { parseRows, weightNames } from './gradient.ts';
import type { MissingSite, SiteProcess } from './site-process.ts';

/** Says how many rows there are and who holds them. */
export function data(csv: string, parts: readonly string[]): void {
  const all = csv.trimEnd().split('\n').length - 1;
  say(
    `Palmer penguins: ${all} rows, ${parseRows(csv).length} with all measurements; held as ${parts.map((part) => parseRows(part).length).join(' + ')}.`,
  );
}

/** Says which engine each site has chosen and why, and which found none. */
export function sites(ready: readonly SiteProcess[], missing: readonly MissingSite[]): void {
  say('\nSite              Image                Detected        Chosen        Engine                      Why');
  for (const { job, ready: told } of ready) {
    say(
      `${job.name.padEnd(17)} ${imageOf(job).padEnd(20)} ${told.format.padEnd(15)} ${told.backend.padEnd(13)} ${`${told.engine} ${told.version}`.padEnd(27)} ${told.why}`,
    );
  }
  for (const { job, reason } of missing) say(`${job.name.padEnd(17)} missing: ${reason}`);
  say('');
}

function imageOf({ image }: SiteProcess['job']): string {
  return join(basename(dirname(image)), basename(image));
}

/** Says how far the training is. */
export function round({ round: number, accuracy, times }: Progress): void {
  const each = times.map(({ site, milliseconds }) => `${site} ${milliseconds.toFixed(0)} ms`);
  say(`round ${String(number).padStart(2)}/${roundCount}  accuracy ${accuracy.toFixed(4)}  ${each.join(', ')}`);
}

/** Says what came of it. */
export function trained({ rounds, weights, accuracy, distance }: Trained, rows: number): void {
  say('\nMilliseconds per round, median (least to most):');
  const names = rounds[0]?.times.map(({ site }) => site) ?? [];
  for (const [index, name] of names.entries()) {
    const sorted = rounds.map(({ times }) => times[index]?.milliseconds ?? 0).toSorted((a, b) => a - b);
    const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(0);
    say(`  ${name.padEnd(17)} ${at(0.5).padStart(5)} (${at(0)} to ${at(1)})`);
  }
  say(`\nModel: ${weights.map((weight, index) => `${weightNames[index] ?? ''} ${weight.toFixed(4)}`).join(', ')}`);
  say(
    `Rows used: ${rows}. Accuracy: ${accuracy.toFixed(4)}. Largest distance of a weight to pooled training: ${distance.toExponential(2)}.`,
  );
}

/** Says which sites gave the same text in every round; the training has compared them. */
export function equal(twins: readonly Twin[]): void {
  for (const { site, of } of twins)
    say(
      `${site.job.name}, with the rows and the image of ${of}: ${roundCount} of ${roundCount} gradients equal byte for byte.`,
    );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
