// Writes the capability matrix of the README from reports/conformance.json. The suite does so itself after a whole run.
import { readFile, writeFile } from 'node:fs/promises';
import type { ConformanceReport, TargetSummary } from './conformance/report.ts';
import { verdict, type Phase } from './phase.ts';

const readme = new URL('../README.md', import.meta.url);
const report = new URL('../reports/conformance.json', import.meta.url);
const marks = { start: '<!-- matrix:start -->', end: '<!-- matrix:end -->' } as const;

/** Which target speaks for which backend: the newest engine, with the rights under which it can do most. */
const columns = [
  { title: 'Docker', target: 'docker' },
  { title: 'Podman socket', target: 'podman' },
  { title: 'podman command', target: 'podman-cli' },
  { title: 'Apptainer', target: 'apptainer' },
] as const;

/** The table, and below it the reasons of what is not offered. */
export function capabilityMatrix({ targets }: Pick<ConformanceReport, 'targets'>): string {
  const shown = columns.map(({ title, target }) => ({ title, summary: find(targets, target) }));
  const keys = Object.keys(shown[0]?.summary.supports ?? {}).toSorted();
  const notes: string[] = [];
  const rows = keys.map(
    (key) => `| \`${key}\` | ${shown.map(({ summary }) => cell(summary, key, notes)).join(' | ')} |`,
  );
  const head = [
    `| | ${shown.map(({ title, summary }) => `${title} ${summary.version.split('+')[0]}`).join(' | ')} |`,
    `|---|${shown.map(() => '---').join('|')}|`,
  ];
  const told = notes.map((note, index) => `${index + 1}. ${note}`);
  return [
    ...head,
    ...rows,
    '',
    '✓ proven by a case of the suite; ~ while the process lives that asked for it.',
    '',
    ...told,
  ].join('\n');
}

function cell({ supports, refusals, unproven }: TargetSummary, key: string, notes: string[]): string {
  const kind = supports[key];
  if (unproven.includes(key)) return 'declared';
  if (kind === 'native') return '✓';
  if (kind === 'whileProcessLives') return '~';
  const reason = (refusals[key] ?? 'not offered').replaceAll('\n', ' ');
  const known = notes.indexOf(reason);
  return `– (${known >= 0 ? known + 1 : notes.push(reason)})`;
}

function find(targets: readonly TargetSummary[], name: string): TargetSummary {
  const found = targets.find(({ target }) => target === name);
  if (found !== undefined && found.cases > 0) return found;
  throw new Error(`reports/conformance.json has no run of ${name}: run npm run test:matrix`);
}

/** The README with this table between its marks. */
export function withMatrix(text: string, table: string): string {
  const start = text.indexOf(marks.start);
  const end = text.indexOf(marks.end);
  if (start < 0 || end < start) throw new Error(`the README has no ${marks.start} before ${marks.end}`);
  return `${text.slice(0, start + marks.start.length)}\n${table}\n${text.slice(end)}`;
}

/** Puts the matrix of the report into the README. */
export async function writeMatrix(): Promise<void> {
  await writeFile(readme, withMatrix(await readFile(readme, 'utf8'), capabilityMatrix(await readReport())));
}

/** The README shows the matrix of the report that is kept in the repository; without a report it fails. */
export const capabilityMatrixPhase: Phase = {
  name: 'capability matrix',
  run: async () => {
    const text = await readFile(readme, 'utf8');
    const current = text === withMatrix(text, capabilityMatrix(await readReport()));
    return verdict(
      current ? [] : ['README.md does not show what reports/conformance.json says: run scripts/matrix.ts'],
    );
  },
};

async function readReport(): Promise<ConformanceReport> {
  // `scripts/conformance.ts` is the only one who writes this file.
  return JSON.parse(await readFile(report, 'utf8')) as ConformanceReport;
}

if (import.meta.main) await writeMatrix();
