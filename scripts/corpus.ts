// The conversion of SIFs, against what other programs say of the same files; see docs/sif-conversion.md.
// usage: bootstrap.mjs scripts/corpus.ts [layers|tools|runs…]
import { findLeftovers, openLab, takeSnapshot, type OwnLab } from '@fairlead/lab';
import { makeCorpus, openWorkshop, type Corpus, type Workshop } from '@fairlead/lab/corpus';
import { runApart } from './conformance/schedule.ts';
import { proveEngine, type ApptainerSide } from './corpus/engine-proof.ts';
import type { Finding } from './corpus/finding.ts';
import { proveLayers } from './corpus/layer-phase.ts';
import { runCases } from './corpus/run-cases.ts';
import { apptainerReport } from './corpus/run-proof.ts';
import { writeStackedSif } from './corpus/stack-proof.ts';
import { proveTools } from './corpus/tool-proof.ts';
import { finish, type Phase, type Tally } from './phase.ts';

/** What can be proven alone. */
const parts = ['layers', 'tools', 'runs'] as const;

/** Proves that SIFs are converted faithfully: needs the engines of a lab of its own. */
export const corpusPhase: Phase = { name: 'corpus', run: () => runCorpus(parts) };

/** Makes the corpus where it is not there yet, and proves what was asked for. */
async function runCorpus(wanted: readonly string[]): Promise<Tally> {
  await using lab = await openLab();
  if (lab.kind !== 'own') {
    process.stdout.write(`corpus: needs engines of the lab's own: ${lab.why}\n`);
    return { passed: 0, failed: 0 };
  }
  const workshop = await openWorkshop(lab);
  const corpus = await makeCorpus(workshop);
  const before = await takeSnapshot(lab);
  const findings: Finding[] = [];
  if (wanted.includes('layers')) findings.push(...say(await proveLayers(corpus, workshop.enter)));
  if (wanted.includes('tools'))
    findings.push(...say(await proveTools(lab, workshop, corpus.sifs.get('oci-full') ?? '')));
  if (wanted.includes('runs')) findings.push(...say(await proveRuns(lab, workshop, corpus)));
  const left = await findLeftovers(lab, before);
  findings.push(...say([{ name: 'nothing is left behind', proven: 'as before', complaints: left }]));
  const failed = findings.filter(({ complaints }) => complaints.length > 0).length;
  return { passed: findings.length - failed, failed };
}

/** Apptainer is asked once; then every engine that is reached through a socket, two at a time. */
async function proveRuns(
  { endpoints }: OwnLab,
  workshop: Workshop,
  { sifs, stack }: Corpus,
): Promise<readonly Finding[]> {
  const { apptainer } = workshop;
  await using stacked = await writeStackedSif(workshop, stack);
  const reports: ApptainerSide['reports'][number][] = [];
  for (const each of runCases) reports.push(await apptainerReport(apptainer, sifs.get(each.sif) ?? '', each));
  const side: ApptainerSide = { endpoint: apptainer, sifs, stacked: stacked.file, reports };
  const sockets = endpoints.filter(({ through }) => through === 'socket');
  const work = sockets.map((target) => ({ key: target.store, run: () => proveEngine(target, side) }));
  const findings = await runApart(work, 2);
  return findings.flat();
}

function say(findings: readonly Finding[]): readonly Finding[] {
  for (const { name, proven, complaints } of findings) {
    const lines =
      complaints.length === 0 ? [`ok      ${name}: ${proven}`] : complaints.map((each) => `FAILED  ${name}: ${each}`);
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  return findings;
}

if (import.meta.main) {
  const asked = process.argv.slice(2);
  finish(await runCorpus(asked.length === 0 ? parts : asked));
}
