// The conformance cases against every engine that the lab, or this machine, has.
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { cases } from '@fairlead/conformance';
import { findHostLeftovers, findLeftovers, openLab, takeSnapshot, type Lab } from '@fairlead/lab';
import { readExpectedRefusals } from './conformance/expected-refusals.ts';
import { findTargets, type PlacedTarget, type Targets } from './conformance/places.ts';
import { summarise, summaryTable, type ConformanceReport, type TargetSummary } from './conformance/report.ts';
import { tallyOf, unprovenOf } from './conformance/tally.ts';
import { uncitedRequirements } from './conformance/requirements.ts';
import { runSite } from './conformance/run-site.ts';
import { keepProven, readProven, together, type KnownResult, type Proven } from './conformance/proven.ts';
import { runWorker, type Which } from './conformance/run-worker.ts';
import { runApart } from './conformance/schedule.ts';
import { writeMatrix } from './matrix.ts';
import type { Tally } from './phase.ts';

/** `test`: every case on the newest engines, `version` cases on the others. `matrix`: every case on every target. */
export type ConformanceScope = 'test' | 'matrix';

/** A part of a run, to try something out: what is undefined means all. */
export interface ConformanceFilter {
  /** Names of targets. */
  readonly targets?: readonly string[] | undefined;
  /** Beginnings of the ids of cases. */
  readonly cases?: readonly string[] | undefined;
}

/** How to run the suite. */
export interface ConformanceOptions {
  readonly scope: ConformanceScope;
  readonly filter?: ConformanceFilter | undefined;
}

/** One target of each engine: in the scope `test` these run every case, the others those tagged `version`. */
const fullInTest: ReadonlySet<string> = new Set(['docker', 'podman-rootless', 'podman-cli', 'apptainer']);

/** Workers at the same time: one for each of two cores. */
const workers = 2;

/** Runs the cases, says what failed, prints a table and writes the report. */
export async function runConformance({ scope, filter = {} }: ConformanceOptions): Promise<Tally> {
  const { lab, ...found } = await runInLab(scope, filter);
  // The lab has been taken down: nothing of it may be left on this machine.
  const onHost = lab.kind === 'own' && lab.stops ? await findHostLeftovers(lab.paths) : [];
  const report: ConformanceReport = {
    schema: 1,
    scope,
    ...found,
    leftovers: [...found.leftovers, ...onHost],
    uncitedRequirements: await uncitedRequirements(cases),
  };
  const required = process.env['FAIRLEAD_REQUIRE_ENGINES'] === 'all';
  const tally = tallyOf(report, { ownLab: lab.kind === 'own', required, cases: cases.length });
  const part = filter.targets !== undefined || filter.cases !== undefined;
  await writeReport(report, { lab, part, failed: tally.failed > 0 });
  say(report);
  return tally;
}

type Found = Pick<ConformanceReport, 'targets' | 'sites' | 'missing' | 'leftovers'> & { readonly lab: Lab };

/** Opens the lab, runs the suite and takes the lab down. */
async function runInLab(scope: ConformanceScope, filter: ConformanceFilter): Promise<Found> {
  await using lab = await openLab();
  const { found, missing } = wantedOf(await findTargets(lab), filter);
  const before = lab.kind === 'own' ? await takeSnapshot(lab) : [];
  const proven = scope === 'matrix' ? await readProven() : new Map<string, Proven>();
  const results = await runApart(
    inOrder(found).map((target) => ({
      key: target.store,
      run: () => runTarget(target, { scope, lab, filter, proven: proven.get(target.place.name) }),
    })),
    workers,
  );
  if (scope === 'test') await keepProven(results);
  const sites = lab.kind === 'own' && filter.targets === undefined ? await runSite(lab, filter.cases ?? []) : [];
  const leftovers = lab.kind === 'own' ? await findLeftovers(lab, before) : [];
  const expected = lab.kind === 'own' ? readExpectedRefusals() : undefined;
  const targets = results.map((result) => summarise(result, { cases, expected }));
  return { lab, targets, sites, missing, leftovers };
}

/** The targets that are asked for; a name that no target has is a mistake. */
function wantedOf(all: Targets, { targets, cases: prefixes }: ConformanceFilter): Targets {
  const some = prefixes === undefined || cases.some(({ id }) => prefixes.some((prefix) => id.startsWith(prefix)));
  if (!some) return { found: [], missing: [] };
  if (targets === undefined) return all;
  const found = all.found.filter(({ place }) => targets.includes(place.name));
  const unknown = targets.filter((name) => !found.some(({ place }) => place.name === name));
  if (unknown.length > 0) throw new Error(`no such target here: ${unknown.join(', ')}`);
  return { found, missing: [] };
}

/** Programs first: each of their steps is a process, so they take longest. */
function inOrder(found: readonly PlacedTarget[]): readonly PlacedTarget[] {
  return found.toSorted((a, b) => Number(a.place.socketPath !== undefined) - Number(b.place.socketPath !== undefined));
}

interface Run {
  readonly scope: ConformanceScope;
  readonly lab: Lab;
  readonly filter: ConformanceFilter;
  readonly proven: Proven | undefined;
}

const told: Readonly<Record<Which, string>> = {
  all: 'every case',
  version: 'the cases about versions',
  rest: 'every case but those about versions, which have just passed',
};

async function runTarget(
  target: PlacedTarget,
  { scope, lab, filter, proven }: Run,
): Promise<KnownResult & { readonly which: Which }> {
  const { name } = target.place;
  if (proven?.which === 'all') {
    process.stderr.write(`conformance: ${name}: every case has just passed\n`);
    return { ...together(name, proven), which: 'all' };
  }
  const all = scope === 'matrix' || lab.kind !== 'own' || fullInTest.has(name);
  const which = proven !== undefined ? 'rest' : all ? 'all' : 'version';
  process.stderr.write(`conformance: ${name}: ${told[which]}\n`);
  const result = await runWorker(target, {
    which,
    cases: filter.cases ?? [],
    onOutcome: (outcome) => {
      if (outcome.outcome === 'failed') process.stderr.write(`conformance: ${name}: ${outcome.id} failed\n`);
    },
  });
  process.stderr.write(`conformance: ${name}: done after ${(result.milliseconds / 60_000).toFixed(2)} min\n`);
  return { ...(proven === undefined ? result : together(name, proven, result)), which };
}

function say({ targets, sites, missing, leftovers, uncitedRequirements: uncited }: ConformanceReport): void {
  const lines = [
    ...targets.flatMap(complaintsOf),
    ...sites.flatMap(({ id, error }) => (error === undefined ? [] : [`${id}: ${error}`])),
    ...leftovers.map((line) => `left behind: ${line}`),
    ...uncited.map((id) => `nothing cites the requirement ${id}`),
    '',
    summaryTable(targets),
    ...sites.map(({ id, error }) => `${id}: ${error === undefined ? 'passed' : 'failed'}`),
    ...missing.map(({ name, reason }) => `missing: ${name}: ${reason}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function complaintsOf(summary: TargetSummary): readonly string[] {
  const { target, failures } = summary;
  return [
    ...failures.map(({ id, error }) => `${target}: ${id}: ${error}`),
    ...unprovenOf(summary, cases.length).map((key) => `${target}: declares ${key}, which no case proved`),
  ];
}

/**
 * A whole run on the lab's engines that passed is kept in the repository, and shown in the README; other runs say
 * less, or something about another machine.
 */
async function writeReport(
  report: ConformanceReport,
  { lab, part, failed }: { readonly lab: Lab; readonly part: boolean; readonly failed: boolean },
): Promise<void> {
  const whole = report.scope === 'matrix' && lab.kind === 'own' && !part && !failed;
  const folder = new URL('../reports/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const file = new URL(whole ? 'conformance.json' : 'conformance-partial.json', folder);
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
  process.stderr.write(`conformance: report in ${fileURLToPath(file)}\n`);
  if (whole) await writeMatrix();
}
