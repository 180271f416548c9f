import type { Refusal } from '@fairlead/core';
import type { RunPlan } from '@fairlead/core/backend';
import type { EngineFacts } from './probe.ts';

/** Smallest memory limit that Docker takes. Source: moby, daemon/daemon_unix.go, linuxMinMemory. */
const leastMemoryBytes = 6 * 1024 * 1024;
/** Smallest part of a CPU that it takes. */
const leastCpus = 0.01;

/** Values that the engine would refuse late, or ignore in silence (C106). */
export function refuseValues(plan: RunPlan, facts: EngineFacts | undefined): readonly Refusal[] {
  const { memoryBytes, cpus } = plan.resources;
  const refusals: Refusal[] = [];
  if (memoryBytes !== undefined && memoryBytes < leastMemoryBytes) {
    refusals.push({
      key: 'resources.memoryBytes',
      reason: `${memoryBytes} bytes are fewer than the ${leastMemoryBytes} that Docker takes`,
      hint: 'Give more memory.',
    });
  }
  refusals.push(...splitSources(plan, facts));
  const most = facts?.cpus;
  if (cpus !== undefined && (cpus < leastCpus || (most !== undefined && cpus > most))) {
    refusals.push({
      key: 'resources.cpus',
      reason: `${cpus} CPUs are not between ${leastCpus} and the ${most ?? 'number'} that the engine's host has`,
      hint: 'Give a number in this range.',
    });
  }
  return refusals;
}

/** Podman turns mounts of Docker's API into text that it splits at these characters (seen on 5.8). */
function splitSources(plan: RunPlan, facts: EngineFacts | undefined): readonly Refusal[] {
  if (facts?.podman === undefined) return [];
  const split = plan.mounts.filter((mount) => mount.type === 'bind' && /[:,]/.test(mount.source));
  return split.map(({ target }) => ({
    key: 'mounts.bind',
    reason: `the source of ${target} holds a colon or comma, at which Podman splits it through Docker's API`,
    hint: 'Use the podman backend, or another name for the folder.',
  }));
}
