import { FairleadError, formatImageRef, type Verdict } from '@fairlead/core';
import type { Artifact } from './artifact.ts';

/** The error that shows every candidate and why it was not taken, as a table. */
export function noBackend(artifact: Artifact, verdicts: readonly Verdict[]): FairleadError<'NO_BACKEND'> {
  const rows = verdicts.map(toRow);
  const table =
    rows.length === 0 ? '  there is no candidate' : rows.map((row) => formatRow(row, widths(rows))).join('\n');
  return new FairleadError({
    code: 'NO_BACKEND',
    operation: 'select',
    message: `no engine here can ${describe(artifact)}:\n${table}`,
    hint: 'Install or start one of these engines, or give the image in another format.',
    details: { artifact, candidates: rows },
  });
}

/** The error for names of backends that are not among the candidates. */
export function unknownPreference(unknown: readonly string[], names: readonly string[]): FairleadError<'INVALID_SPEC'> {
  const given = unknown.map((name) => JSON.stringify(name)).join(', ');
  return new FairleadError({
    code: 'INVALID_SPEC',
    operation: 'select',
    message: `prefer names ${given}; the candidates are ${names.join(', ')}`,
    details: { unknown, names },
  });
}

interface Row {
  readonly backend: string;
  readonly endpoint: string;
  readonly reason: string;
  readonly hint: string | undefined;
}

function toRow({ candidate, reasons, hint }: Verdict): Row {
  return { backend: candidate.backend, endpoint: candidate.endpoint, reason: reasons.join('; '), hint };
}

/** An artifact in a few words: its format and where it is. */
function describe(artifact: Artifact): string {
  if (artifact.kind === 'manifest') return `play the Kubernetes manifest ${artifact.source}`;
  return `run ${formatImageRef(artifact.image)} (format ${artifact.image.format})`;
}

interface Widths {
  readonly backend: number;
  readonly endpoint: number;
}

function widths(rows: readonly Row[]): Widths {
  return {
    backend: Math.max(...rows.map(({ backend }) => backend.length)),
    endpoint: Math.max(...rows.map(({ endpoint }) => endpoint.length)),
  };
}

function formatRow({ backend, endpoint, reason, hint }: Row, width: Widths): string {
  const margin = ' '.repeat(width.backend + width.endpoint + 6);
  const line = `  ${backend.padEnd(width.backend)}  ${endpoint.padEnd(width.endpoint)}  ${reason}`;
  const more = hint === undefined ? [] : [`-> ${hint}`];
  return [line, ...more].join('\n').replaceAll('\n', `\n${margin}`);
}
