import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cases } from '../src/cases.ts';
import type { Case } from '../src/case.ts';
import { memoryTarget, type Fault } from '../src/memory/memory-target.ts';
import { StandIns } from '../src/memory/stand-ins.ts';
import { runCases } from '../src/run-cases.ts';
import type { TargetImages } from '../src/target.ts';
import type { Mutant } from './mutants/mutant.ts';

/** What the cases made of one mutant. */
export interface MutantReport {
  readonly id: string;
  readonly breaks: string;
  /** Cases that name it. */
  readonly named: readonly string[];
  /** Cases that failed on it, with their error. */
  readonly killed: Readonly<Record<string, string>>;
}

/** Runs every case against each of these mutants. */
export async function runMutants(mutants: readonly Mutant[], atOnce: number): Promise<readonly MutantReport[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-mutants-'));
  const standIns = new StandIns();
  try {
    const { images } = await memoryTarget({ folder });
    const reports: MutantReport[] = [];
    const queue = [...mutants];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        reports.push(await runMutant(next, { folder, images, standIns }));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return reports.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  } finally {
    standIns.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Ground {
  readonly folder: string;
  readonly images: TargetImages;
  readonly standIns: StandIns;
}

async function runMutant({ id, breaks, fault }: Mutant, ground: Ground): Promise<MutantReport> {
  const killed: Record<string, string> = {};
  const queue = [...cases];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const error = await failureOf(next, fault(), ground);
      if (error !== undefined) killed[next.id] = error;
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  const named = cases.filter(({ mutants }) => mutants.includes(id)).map((one) => one.id);
  return { id, breaks, named, killed };
}

/** Why a case fails on an engine of its own with this fault, if it does. */
async function failureOf(one: Case, fault: Fault, ground: Ground): Promise<string | undefined> {
  const target = await memoryTarget({ ...ground, fault, caseMs: 20_000, burstBytes: 200_000 });
  const { outcomes } = await runCases(target, { cases: [one], concurrency: 1 });
  const [outcome] = outcomes;
  if (outcome?.outcome === 'failed') return outcome.error;
  return outcome?.outcome === 'passed' ? undefined : 'it was refused';
}

/** The table that is printed: each mutant, what it breaks, and by which cases it was killed. */
export function mutantTable(reports: readonly MutantReport[]): string {
  const width = Math.max(...reports.map(({ id }) => id.length));
  return reports
    .map(
      ({ id, breaks, killed }) => `${id.padEnd(width)}  ${Object.keys(killed).join(', ') || 'SURVIVES'}  (${breaks})`,
    )
    .join('\n');
}

/** What is wrong with the suite, by its mutants: nothing, if each is killed by the cases that name it and by no other. */
export function complaints(reports: readonly MutantReport[]): readonly string[] {
  const known = new Set(reports.map(({ id }) => id));
  return [
    ...reports.flatMap(complaintsOf),
    ...cases.flatMap(({ id, mutants }) =>
      mutants.filter((mutant) => !known.has(mutant)).map((mutant) => `${id}: names ${mutant}, which there is not`),
    ),
  ];
}

/** What is wrong with the cases as far as one mutant can tell. */
export function complaintsOf({ id, named, killed }: MutantReport): readonly string[] {
  return [
    ...(named.length === 0 ? [`${id}: no case names it`] : []),
    ...named.filter((one) => !(one in killed)).map((one) => `${id}: survives ${one}, which names it`),
    ...Object.entries(killed)
      .filter(([one]) => !named.includes(one))
      .map(([one, error]) => `${id}: killed by ${one}, which does not name it: ${error}`),
  ];
}
