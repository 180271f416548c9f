import type { ContainerManager } from '@fairlead/core';
import type { Endpoint } from '@fairlead/lab';
import { apptainerRun } from './apptainer-run.ts';
import { compareRuns } from './compare-runs.ts';
import { engineRun } from './engine-run.ts';
import type { KnownDifferences, RunCase } from './run-cases.ts';
import { reportOf, type RunReport } from './run-report.ts';

/** Its library folder and its prompt are for a shell in an image of its own; a configuration of OCI has neither (B). */
const ownVariables: KnownDifferences = {
  'environment LD_LIBRARY_PATH': { apptainer: '/.singularity.d/libs', converted: undefined },
  'environment PS1': { apptainer: 'Apptainer> ', converted: undefined },
};

/** How a case shows itself under Apptainer; asked once for all engines. */
export async function apptainerReport(endpoint: Endpoint, file: string, each: RunCase): Promise<RunReport> {
  return reportOf(await apptainerRun(endpoint, file, each));
}

/** Proves that a converted SIF runs as Apptainer runs the SIF (V13, H35). */
export async function proveRun(
  manager: ContainerManager,
  file: string,
  { each, apptainer }: { readonly each: RunCase; readonly apptainer: RunReport },
): Promise<readonly string[]> {
  const converted = reportOf(await engineRun(manager, file, each));
  if (each.onlyExit === true) return compareRuns(exitOf(apptainer), exitOf(converted), each.differences ?? {});
  const started = apptainer.has('environment PS1');
  const known = { ...(each.branch === 'B' && started ? ownVariables : {}), ...each.differences };
  return compareRuns(apptainer, converted, known);
}

function exitOf(report: RunReport): RunReport {
  return new Map([['exit', report.get('exit') ?? 'nothing']]);
}
