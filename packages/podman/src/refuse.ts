import type { Refusal } from '@fairlead/core';
import type { RunPlan } from '@fairlead/core/backend';
import { signalNumber } from './signal-number.ts';

/** Values that the engine would take for something else. */
export function refusePlan(plan: RunPlan): readonly Refusal[] {
  const { stopSignal } = plan;
  if (stopSignal === undefined || signalNumber(stopSignal) !== undefined) return [];
  return [{ key: 'stopSignal', reason: `${stopSignal} is no signal of Linux`, hint: 'for example SIGINT' }];
}
