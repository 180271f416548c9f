import type { Refusal } from '@fairlead/core';
import type { RunPlan } from '@fairlead/core/backend';
import { dropsImageCommand, parseUser, refuseMounts } from './create-args.ts';
import { refuseEnvironment } from './environment.ts';
import { findSignal } from './signal-name.ts';

/** What of a plan this engine cannot honour, whatever the host. */
export function refusePlan(plan: RunPlan, root: boolean): readonly Refusal[] {
  const refusals: Refusal[] = [...refuseEnvironment(plan.env), ...refuseMounts(plan, root), ...refuseNoArguments(plan)];
  if (plan.user !== undefined && parseUser(plan.user) === undefined) {
    refusals.push({
      key: 'user',
      reason: `${JSON.stringify(plan.user)} is a name, and the engine knows no users of the image`,
      hint: 'Give the user by number, for example 1000 or 1000:1000.',
    });
  }
  if (plan.stopSignal !== undefined && findSignal(plan.stopSignal) === undefined) {
    refusals.push({
      key: 'stopSignal',
      reason: `${JSON.stringify(plan.stopSignal)} is no signal that can be sent here`,
    });
  }
  if (plan.entrypoint === undefined && plan.imageConfig?.hasRunscript === false) {
    refusals.push({
      key: 'entrypoint',
      reason: 'the image has no runscript, so the engine would do nothing and end with 0 (C185)',
      hint: 'Give entrypoint, or entrypoint: [] and command.',
    });
  }
  return refusals;
}

/** `command: []` where the runscript would take the image's command, and what to run in its place is not known. */
function refuseNoArguments(plan: RunPlan): readonly Refusal[] {
  if (!dropsImageCommand(plan)) return [];
  const { entrypoint = [], hasRunscript } = plan.imageConfig ?? {};
  const unknown = hasRunscript !== true;
  if (entrypoint.length > 0 && !unknown) return [];
  const reason = unknown
    ? 'without arguments the runscript may take the command of the OCI image that this was made of'
    : 'the image has a command and no entrypoint, so without arguments there would be nothing to run';
  return [{ key: 'command', reason, hint: 'Give entrypoint too: the program that is to run without arguments.' }];
}
