import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FairleadError } from '@fairlead/core';
import { archiveClasses } from './archive-cases.ts';
import { bombClasses } from './bomb-cases.ts';
import { compressedClasses } from './compressed-cases.ts';
import { contentClasses } from './content-cases.ts';
import { folderClasses } from './folder-cases.ts';
import type { HostileCase, HostileClass } from './hostile-case.ts';
import { layoutClasses } from './layout-cases.ts';
import { entryPoints } from './entry-points.ts';
import { ociSifClasses } from './oci-sif-cases.ts';
import { runHostile, type HostileOutcome } from './run-hostile.ts';
import { sifClasses } from './sif-cases.ts';
import { signatureClasses } from './signature-cases.ts';
import { squashfsClasses } from './squashfs-cases.ts';
import { treeClasses } from './tree-cases.ts';

/** Every way in which a file may be hostile that is known here. */
export const hostileClasses: readonly HostileClass[] = [
  ...sifClasses,
  ...squashfsClasses,
  ...folderClasses,
  ...contentClasses,
  ...bombClasses,
  ...archiveClasses,
  ...layoutClasses,
  ...compressedClasses,
  ...ociSifClasses,
  ...treeClasses,
  ...signatureClasses,
];

/** Runs a case in a folder of its own, which is gone afterwards. */
export async function outcomeOf(one: HostileCase): Promise<HostileOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-hostile-'));
  try {
    return await runHostile(one, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The refusal that counts: of the way to look at it that the case names, or of the conversion, or of detection. */
export function refusalThatCounts(one: HostileCase, { refusals }: HostileOutcome): FairleadError | undefined {
  if (one.entry !== undefined) return refusals[one.entry];
  return one.format === 'unknown' ? refusals.detect : (refusals.plan ?? refusals.stream);
}

/** The place that an error names, or what it says of the file as a whole. */
export function placeOf(error: FairleadError): string {
  const { where } = error.details;
  return typeof where === 'string' ? where : (error.message.replace(/^"[^"]*":? /, '').split('\n')[0] ?? '');
}

/** What stands above the table. */
const introduction = `# Hostile images

<!-- Written by scripts/hostile-images.ts; a test fails while it is out of date. -->

Every case is a file made for the purpose. It goes through detection, description, inspection, opening, listing, reading
of files, verification of signatures, conversion to a layout (plain, as gzip, as zstd, and lossy), to an archive and to a
stream; each ends well or with a typed error that names the place, nothing is left in the target's folder, and nothing is
written elsewhere. *Found by* is the first to refuse it. *Read*: how much of the same file, with two MiB of content in it,
was read before the conversion refused it: what metadata tells is told before content is looked at. Every case can be
made again: the fields are those of \`packages/images/test/made\`.
`;

/** The table as Markdown, from what the cases came to. */
export function hostileTable(outcomes: ReadonlyMap<HostileCase, HostileOutcome>): string {
  const count = hostileClasses.reduce((sum, { cases }) => sum + cases.length, 0);
  const sections = hostileClasses.map(({ name, cases }) =>
    [
      `## ${name}`,
      '',
      '| case | made by | refused with | where | found by | read |',
      '|---|---|---|---|---|---|',
      ...cases.map((one) => row(one, outcomes.get(one))),
      '',
    ].join('\n'),
  );
  return [introduction, `${count} cases in ${hostileClasses.length} classes.\n`, ...sections].join('\n');
}

function row(one: HostileCase, outcome: HostileOutcome | undefined): string {
  const error = outcome && refusalThatCounts(one, outcome);
  const found = entryPoints.find((entry) => outcome?.refusals[entry] !== undefined) ?? '';
  const { read } = outcome ?? {};
  const amount = read === undefined ? '' : `${kibibytes(read.bytes)} of ${kibibytes(read.size)}`;
  const where = error === undefined ? '' : shortened(placeOf(error));
  const cells = [one.name, one.how, `\`${error?.code ?? ''}\``, where, found, amount];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** In whole pages: what a compressor makes of a file differs by some bytes between its versions. */
function kibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 4096) * 4} KiB`;
}

function shortened(place: string): string {
  const digests = place
    .replaceAll(/[0-9a-f]{64}/g, '…')
    .replace(/after \d+ expanded bytes/, 'after some expanded bytes');
  return digests.length > 90 ? `${digests.slice(0, 90)}…` : digests;
}
