import type { Refusal } from '@fairlead/core';
import type { RunPlan } from '@fairlead/core/backend';
import { refuseEnvironment } from './environment.ts';
import { explicitEnvironment } from './mount/explicit-plan.ts';

/** Values that podman's command line cannot take, beyond what the probe declares. Pure. */
export function refusePlan(plan: RunPlan): readonly Refusal[] {
  const env = plan.mounted === undefined ? plan.env : explicitEnvironment(plan);
  return [...refuseEnvironment(env), ...refusePaths(plan)];
}

/** podman reads a mount as a record of CSV, whose reader turns `\r\n` into `\n`. */
function refusePaths({ mounts }: RunPlan): readonly Refusal[] {
  return mounts.flatMap((mount) => {
    const texts = mount.type === 'bind' ? [mount.source, mount.target] : [mount.target];
    if (!texts.some((text) => text.includes('\r\n'))) return [];
    const reason = `podman's command line cannot take a path with a carriage return before a newline`;
    return [{ key: `mounts.${mount.type}` as const, reason, hint: 'rename the folder' }];
  });
}
