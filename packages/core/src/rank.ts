import type { FileImageFormat, ImageFormat } from './image/image.ts';
import type { Probe, UsableProbe } from './probe.ts';
import type { Refusal, Support, SupportKey } from './support.ts';

/** What is to be run or played. */
export type ArtifactKind = { readonly kind: 'image'; readonly format: ImageFormat } | { readonly kind: 'manifest' };

/** A door to an engine, and what it said. */
export interface Candidate {
  readonly backend: string;
  readonly endpoint: string;
  readonly door: 'socket' | 'command' | 'none';
  readonly daemonless: boolean;
  readonly probe: Probe;
  /** Formats that it runs as they are. */
  readonly formats: readonly ImageFormat[];
  /** Formats that a converter turns into one that it loads. */
  readonly converts: readonly FileImageFormat[];
  /** Those of `converts` that it runs over a mount of the file instead. */
  readonly mounts: readonly FileImageFormat[];
  /** Whether it plays manifests. */
  readonly kube: boolean;
  /** What of the spec it refuses. */
  readonly refusals: readonly Refusal[];
}

/** What is asked for besides the artifact. */
export interface Needs {
  /** Names of backends, the most wanted first. */
  readonly prefer: readonly string[];
  /** Keys that must be supported: those that were asked for, and those that the spec uses. */
  readonly supports: readonly SupportKey[];
  /** Whether what only holds while this process lives does not count. */
  readonly durable: boolean;
  readonly convert: 'auto' | 'never';
}

/** What became of a candidate; `reasons` are empty for one that can be used. */
export interface Verdict {
  readonly candidate: Candidate;
  readonly reasons: readonly string[];
  readonly hint: string | undefined;
  /** Whether the image would be run over a mount of its file. */
  readonly mounts: boolean;
  /** Whether the image would be converted. */
  readonly converts: boolean;
}

/**
 * Judges candidates and orders them, the best first: usable ones, then preferred ones, native format before a mount
 * before a conversion, rootless before rootful, daemonless before daemon; of several doors to one engine one that mounts
 * what another one converts, else a socket before a command.
 */
export function rank(artifact: ArtifactKind, candidates: readonly Candidate[], needs: Needs): readonly Verdict[] {
  const judged = candidates.map((candidate) => judge(artifact, candidate, needs));
  const doors = bestDoors(judged, needs);
  const told = judged.map((verdict) => behindBetterDoor(verdict, doors));
  return told.toSorted((a, b) => compare(ofEngines, needs, a, b));
}

function judge(artifact: ArtifactKind, candidate: Candidate, needs: Needs): Verdict {
  const { probe, refusals } = candidate;
  if (!probe.usable) return { candidate, reasons: [probe.reason], hint: probe.hint, mounts: false, converts: false };
  const native = artifact.kind === 'manifest' ? candidate.kube : candidate.formats.includes(artifact.format);
  const mounts = !native && isAmong(candidate.mounts, artifact);
  const converts = !native && !mounts && isAmong(candidate.converts, artifact);
  const refused = [...refusals, ...unmetNeeds(candidate, probe, needs)];
  const reasons = [
    ...(native || mounts || (converts && needs.convert === 'auto') ? [] : [formatReason(artifact, converts)]),
    ...refused.map(({ key, reason }) => `${key}: ${reason}`),
  ];
  return { candidate, reasons, hint: refused.find(({ hint }) => hint !== undefined)?.hint, mounts, converts };
}

function isAmong(formats: readonly FileImageFormat[], artifact: ArtifactKind): boolean {
  return artifact.kind === 'image' && formats.some((format) => format === artifact.format);
}

function formatReason(artifact: ArtifactKind, converts: boolean): string {
  if (artifact.kind === 'manifest') return 'does not play Kubernetes manifests';
  if (converts) return `would have to convert ${artifact.format}, and convert is 'never'`;
  return `does not run ${artifact.format}`;
}

function unmetNeeds({ refusals }: Candidate, probe: UsableProbe, { supports, durable }: Needs): readonly Refusal[] {
  return supports.flatMap((key) => {
    if (refusals.some((refusal) => refusal.key === key)) return [];
    // A backend made for an older version of the contract does not know every key.
    const support: Support | undefined = probe.supports[key];
    if (support === undefined) return [{ key, reason: 'it takes no position on this' }];
    if (support.kind === 'unsupported') return [{ key, reason: support.reason, hint: support.hint }];
    if (support.kind === 'native' || !durable) return [];
    return [{ key, reason: `holds only while this process lives: ${support.how}` }];
  });
}

function bestDoors(verdicts: readonly Verdict[], needs: Needs): ReadonlyMap<string, Verdict> {
  const doors = new Map<string, Verdict>();
  for (const verdict of verdicts) {
    const { probe } = verdict.candidate;
    if (!probe.usable || verdict.reasons.length > 0) continue;
    const known = doors.get(probe.engineId);
    if (known === undefined || compare(ofDoors, needs, verdict, known) < 0) doors.set(probe.engineId, verdict);
  }
  return doors;
}

/** A second door to the same engine stays in the table, with the reason why it is not the first. */
function behindBetterDoor(verdict: Verdict, doors: ReadonlyMap<string, Verdict>): Verdict {
  const { probe } = verdict.candidate;
  const best = probe.usable ? doors.get(probe.engineId) : undefined;
  if (best === undefined || verdict.reasons.length > 0 || best.candidate === verdict.candidate) return verdict;
  return { ...verdict, reasons: [`the same engine is reached through ${best.candidate.endpoint}`] };
}

type Weight = (verdict: Verdict, needs: Needs) => number;

const preferred: Weight = ({ candidate }, { prefer }) => {
  const at = prefer.indexOf(candidate.backend);
  return at === -1 ? prefer.length : at;
};
const converted: Weight = ({ mounts, converts }) => (converts ? 2 : mounts ? 1 : 0);
const door: Weight = ({ candidate }) => ['socket', 'command', 'none'].indexOf(candidate.door);

/** What counts among engines, the weightiest first. */
const ofEngines: readonly Weight[] = [
  ({ reasons }) => (reasons.length === 0 ? 0 : 1),
  preferred,
  converted,
  ({ candidate }) => (candidate.probe.usable && candidate.probe.rootless ? 0 : 1),
  ({ candidate }) => (candidate.daemonless ? 0 : 1),
  door,
];

/** What counts among doors to one engine. */
const ofDoors: readonly Weight[] = [preferred, converted, door];

function compare(order: readonly Weight[], needs: Needs, a: Verdict, b: Verdict): number {
  for (const weight of order) {
    const difference = weight(a, needs) - weight(b, needs);
    if (difference !== 0) return difference;
  }
  return 0;
}
