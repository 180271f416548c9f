// The conformance cases against every engine that the lab, or this machine, has.
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { cases } from '@fairlead/conformance';
import { findHostLeftovers, findLeftovers, openLab, takeSnapshot, type Lab } from '@fairlead/lab';
import { readExpectedRefusals } from './conformance/expected-refusals.ts';
import { findTargets, type PlacedTarget } from './conformance/places.ts';
import { summarise, summaryTable, type ConformanceReport, type TargetSummary } from './conformance/report.ts';
import { tallyOf } from './conformance/tally.ts';
import { uncitedRequirements } from './conformance/requirements.ts';
import { runWorker, type WorkerResult } from './conformance/run-worker.ts';
import { runApart } from './conformance/schedule.ts';
import { writeMatrix } from './matrix.ts';
import type { Tally } from './phase.ts';

/** `test`: every case on the newest engines, `version` cases on the others. `matrix`: every case on every target. */
export type ConformanceScope = 'test' | 'matrix';

/** How to run the suite. */
export interface ConformanceOptions {
  readonly scope: ConformanceScope;
}

/** One target of each engine: in the scope `test` these run every case, the others those tagged `version`. */
const fullInTest: ReadonlySet<string> = new Set(['docker', 'podman-rootless', 'podman-cli', 'apptainer']);

/** Workers at the same time: one for each of two cores. */
const workers = 2;

/** Runs the cases, says what failed, prints a table and writes the report. */
export async function runConformance({ scope }: ConformanceOptions): Promise<Tally> {
  const { lab, ...found } = await runInLab(scope);
  // The lab has been taken down: nothing of it may be left on this machine.
  const onHost = lab.kind === 'own' && lab.stops ? await findHostLeftovers(lab.paths) : [];
  const report: ConformanceReport = {
    schema: 1,
    scope,
    ...found,
    leftovers: [...found.leftovers, ...onHost],
    uncitedRequirements: uncitedRequirements(cases),
  };
  const required = process.env['FAIRLEAD_REQUIRE_ENGINES'] === 'all';
  const tally = tallyOf(report, { ownLab: lab.kind === 'own', required });
  await writeReport(report, { lab, failed: tally.failed > 0 });
  say(report);
  return tally;
}

type Found = Pick<ConformanceReport, 'targets' | 'missing' | 'leftovers'> & { readonly lab: Lab };

/** Opens the lab, runs the suite and takes the lab down. */
async function runInLab(scope: ConformanceScope): Promise<Found> {
  await using lab = await openLab();
  const { found, missing } = await findTargets(lab);
  const before = lab.kind === 'own' ? await takeSnapshot(lab) : [];
  const results = await runApart(
    inOrder(found).map((target) => ({ key: target.store, run: () => runTarget(target, scope, lab) })),
    workers,
  );
  const leftovers = lab.kind === 'own' ? await findLeftovers(lab, before) : [];
  const expected = lab.kind === 'own' ? readExpectedRefusals() : undefined;
  const targets = results.map((result) => summarise(result, { cases, expected }));
  return { lab, targets, missing, leftovers };
}

/** Programs first: each of their steps is a process, so they take longest. */
function inOrder(found: readonly PlacedTarget[]): readonly PlacedTarget[] {
  return found.toSorted((a, b) => Number(a.place.socketPath !== undefined) - Number(b.place.socketPath !== undefined));
}

async function runTarget(target: PlacedTarget, scope: ConformanceScope, lab: Lab): Promise<WorkerResult> {
  const { name } = target.place;
  const which = scope === 'matrix' || lab.kind !== 'own' || fullInTest.has(name) ? 'all' : 'version';
  process.stderr.write(`conformance: ${name}: ${which === 'all' ? 'every case' : 'the cases about versions'}\n`);
  const result = await runWorker(target, {
    which,
    onOutcome: (outcome) => {
      if (outcome.outcome === 'failed') process.stderr.write(`conformance: ${name}: ${outcome.id} failed\n`);
    },
  });
  process.stderr.write(`conformance: ${name}: done after ${(result.milliseconds / 60_000).toFixed(2)} min\n`);
  return result;
}

function say({ targets, missing, leftovers, uncitedRequirements: uncited }: ConformanceReport): void {
  const lines = [
    ...targets.flatMap(complaintsOf),
    ...leftovers.map((line) => `left behind: ${line}`),
    ...uncited.map((id) => `no case cites the requirement ${id}`),
    '',
    summaryTable(targets),
    ...missing.map(({ name, reason }) => `missing: ${name}: ${reason}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function complaintsOf({ target, failures, unproven, cases: count }: TargetSummary): readonly string[] {
  const whole = count === cases.length;
  return [
    ...failures.map(({ id, error }) => `${target}: ${id}: ${error}`),
    ...(whole ? unproven.map((key) => `${target}: declares ${key}, which no case proved`) : []),
  ];
}

/**
 * A whole run on the lab's engines that passed is kept in the repository, and shown in the README; other runs say
 * less, or something about another machine.
 */
async function writeReport(
  report: ConformanceReport,
  { lab, failed }: { readonly lab: Lab; readonly failed: boolean },
): Promise<void> {
  const whole = report.scope === 'matrix' && lab.kind === 'own' && !failed;
  const folder = new URL('../reports/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const file = new URL(whole ? 'conformance.json' : 'conformance-partial.json', folder);
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
  process.stderr.write(`conformance: report in ${fileURLToPath(file)}\n`);
  if (whole) await writeMatrix();
}
