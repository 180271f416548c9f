import type { CreatePlan } from '@fairlead/core/backend';

/** A plan that asks for nothing special, but for these parts. */
export function plan(parts: Partial<CreatePlan> = {}): CreatePlan {
  return {
    name: 'a-name',
    image: { format: 'registry', name: 'docker.io/library/busybox:1' },
    imageConfig: undefined,
    labels: {},
    command: undefined,
    entrypoint: undefined,
    env: {},
    workdir: undefined,
    user: undefined,
    mounts: [],
    files: [],
    network: { mode: 'none' },
    resources: {},
    readOnlyRootfs: false,
    stopSignal: undefined,
    stopGraceSeconds: 10,
    autoRemove: false,
    ensured: { id: 'sha256:1234' },
    ...parts,
  };
}
