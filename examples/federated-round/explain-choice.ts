import type { Selection } from 'fairlead';

/** A choice in words: the format as detected, and why this engine. */
export function explainChoice({ artifact, chosen, verdicts }: Selection): {
  readonly format: string;
  readonly why: string;
} {
  const { candidate } = chosen;
  const rootless = candidate.probe.usable && candidate.probe.rootless ? ', rootless' : '';
  const others = verdicts.filter((verdict) => verdict !== chosen && verdict.candidate.probe.usable);
  const reasons = others.map(
    ({ candidate: other, reasons: [reason] }) => `${other.backend} ${reason ?? 'comes after it'}`,
  );
  const rest = reasons.length === 0 ? 'the only engine here' : reasons.join('; ');
  return {
    format: artifact.kind === 'manifest' ? 'manifest' : artifact.image.format,
    why: `${howTaken(artifact, chosen)}${rootless}; ${rest}`,
  };
}

function howTaken(artifact: Selection['artifact'], { mounts, converts }: Selection['chosen']): string {
  if (artifact.kind === 'manifest') return 'plays manifests';
  if (mounts) return 'runs it over a mount';
  return converts ? 'loads it converted' : 'runs it as it is';
}
