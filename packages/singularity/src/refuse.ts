import type { Refusal } from '@fairlead/core';
import type { RunPlan } from '@fairlead/core/backend';
import { parseUser, refuseMounts } from './create-args.ts';
import { refuseEnvironment } from './environment.ts';
import { findSignal } from './signal-name.ts';

/** What of a plan this engine cannot honour, whatever the host. */
export function refusePlan(plan: RunPlan, root: boolean): readonly Refusal[] {
  const refusals: Refusal[] = [...refuseEnvironment(plan.env), ...refuseMounts(plan, root)];
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
