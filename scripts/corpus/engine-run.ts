import { FairleadError, type ContainerManager, type RunSpec } from '@fairlead/core';
import type { RunCase } from './run-cases.ts';
import type { RunResult } from './run-report.ts';

/** Runs a SIF on an engine through the library, which converts it. */
export function engineRun(manager: ContainerManager, file: string, { command, env }: RunCase): Promise<RunResult> {
  return runSpec(manager, { image: `sif:${file}`, command, env });
}

/** Runs a spec to its end. */
export async function runSpec(manager: ContainerManager, spec: RunSpec): Promise<RunResult> {
  try {
    const { exit, stdout, stderr } = await manager.runToCompletion(spec, { timeoutMs: 120_000 });
    return { exit: String(exit.code), stdout, stderr };
  } catch (error) {
    if (!FairleadError.is(error)) throw error;
    return { exit: error.code, stdout: '', stderr: '' };
  }
}
