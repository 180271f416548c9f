import type { SupportKey, Supports } from '@fairlead/core';
import type { Case } from './case.ts';
import { removeRest } from './remove-rest.ts';
import { runCase, type Outcome } from './run-case.ts';
import type { SeenVolume, Target } from './target.ts';

/** What the cases found out about a target. */
export interface TargetReport {
  readonly target: string;
  readonly engine: string;
  readonly version: string;
  readonly supports: Supports;
  readonly outcomes: readonly Outcome[];
}

/** How to run cases against one target. */
export interface RunCasesOptions {
  readonly cases: readonly Case[];
  /** How many at the same time. Default 4. */
  readonly concurrency?: number;
  /** Hears each outcome as it comes; what a case left behind is told only in the report. */
  readonly onOutcome?: (outcome: Outcome) => void;
}

/**
 * Runs cases against a target, and looks at the end with the engine's own tool for what they left.
 * @throws if the engine cannot be used at all
 */
export async function runCases(
  target: Target,
  { cases, concurrency = 4, onOutcome }: RunCasesOptions,
): Promise<TargetReport> {
  const probe = await probeTarget(target);
  const owners = new Map<string, string>();
  const outcomes: Outcome[] = [];
  const queue = [...cases];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { id } = next;
      const outcome = await runCase(next, target, probe.supports, (owner) => owners.set(owner, id));
      outcomes.push(outcome);
      onOutcome?.(outcome);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  const left = await leftBehind(target, probe.supports, owners);
  const order = new Map(cases.map(({ id }, index) => [id, index]));
  return {
    target: target.name,
    engine: probe.engine,
    version: probe.version,
    supports: probe.supports,
    outcomes: outcomes
      .map((outcome) => blame(outcome, left.get(outcome.id)))
      .toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0)),
  };
}

async function probeTarget(
  target: Target,
): Promise<{ readonly engine: string; readonly version: string; readonly supports: Supports }> {
  await using manager = target.connect({});
  const probe = await manager.probe({ timeoutMs: 60_000 });
  if (!probe.usable)
    throw new Error(`${target.name}: ${probe.reason}${probe.hint === undefined ? '' : `\n  ${probe.hint}`}`);
  return probe;
}

/** What the engine's own tool still sees of the cases' owners, by case; it is removed. */
async function leftBehind(target: Target, supports: Supports, owners: ReadonlyMap<string, string>): Promise<Left> {
  const left = new Map<string, string[]>();
  for (const { text, owner } of await seenThings(target)) {
    // Second owners of a case are called like the first one, with a number behind.
    const first = [...owners.keys()].find((each) => owner === each || owner === `${each}-2` || isNamedBy(owner, each));
    const id = first === undefined ? undefined : owners.get(first);
    if (first === undefined || id === undefined) continue;
    left.set(id, [...(left.get(id) ?? []), text]);
    for (const each of [first, `${first}-2`]) await removeRest(target.connect({ owner: each }), supports);
  }
  return left;
}

type Left = ReadonlyMap<string, readonly string[]>;

/** Everything that the engine's own tool sees; pods and secrets have no owner, but a name from their case. */
async function seenThings({ look }: Target): Promise<readonly { readonly text: string; readonly owner: string }[]> {
  const [containers, volumes, pods = [], secrets = []] = await Promise.all([
    look.containers(),
    look.volumes(),
    look.pods?.(),
    look.secrets?.(),
  ]);
  const labelled = (kind: string, things: readonly SeenVolume[]): { text: string; owner: string }[] =>
    things.map(({ name, labels }) => ({ text: `${kind} ${name}`, owner: labels['io.fairlead.owner'] ?? name }));
  const named = (kind: string, names: readonly string[]): { text: string; owner: string }[] =>
    names.map((name) => ({ text: `${kind} ${name}`, owner: name }));
  return [
    ...labelled('container', containers),
    ...labelled('volume', volumes),
    ...named('pod', pods),
    ...named('secret', secrets),
  ];
}

/** Names that a case makes have the last eight characters of its owner in them. */
function isNamedBy(name: string, owner: string): boolean {
  return name.includes(`-${owner.slice(-8)}-`);
}

function blame(outcome: Outcome, left: readonly string[] | undefined): Outcome {
  if (left === undefined) return outcome;
  const error = `left behind, as the engine's own tool sees it: ${left.join(', ')}`;
  const { id, milliseconds } = outcome;
  return {
    id,
    milliseconds,
    outcome: 'failed',
    error: outcome.outcome === 'failed' ? `${outcome.error}\n  and ${error}` : error,
  };
}

/** Supports that a report's engine declares and whose proof did not pass on it. */
export function unprovenSupports(report: TargetReport, cases: readonly Case[]): readonly SupportKey[] {
  const passed = new Set(report.outcomes.filter(({ outcome }) => outcome === 'passed').map(({ id }) => id));
  const proven = new Set(cases.filter(({ id }) => passed.has(id)).flatMap(({ proves }) => proves ?? []));
  // The keys of the record are those of its type.
  const keys = Object.keys(report.supports) as SupportKey[];
  return keys.filter((key) => report.supports[key].kind !== 'unsupported' && !proven.has(key));
}
