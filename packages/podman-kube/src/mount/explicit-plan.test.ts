import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { ImageConfig } from '@fairlead/core';
import type { CreatePlan } from '@fairlead/core/backend';
import { explicitPlan } from './explicit-plan.ts';

const config: ImageConfig = {
  entrypoint: ['/entry'],
  command: ['default'],
  env: { A: 'image', B: 'image' },
  workdir: '/w/',
  user: 'app',
  volumes: ['/data', '/data/', '/own'],
  labels: { 'org.example': 'x', 'io.fairlead.owner': 'somebody' },
};

function plan(more: Partial<CreatePlan> = {}): CreatePlan {
  return {
    name: 'f-1',
    image: { format: 'sif', path: '/i' },
    imageConfig: config,
    labels: { mine: 'y' },
    command: undefined,
    entrypoint: undefined,
    env: { B: 'spec' },
    workdir: undefined,
    user: undefined,
    mounts: [{ type: 'tmpfs', target: '/own' }],
    files: [],
    network: { mode: 'none' },
    resources: {},
    readOnlyRootfs: false,
    stopSignal: undefined,
    stopGraceSeconds: 10,
    autoRemove: false,
    ensured: { id: '/i' },
    ...more,
  };
}

describe('explicitPlan', () => {
  it('says what podman would read from an image, and the spec before it', () => {
    const { plan: explicit, volumes } = explicitPlan(plan());
    assert.deepEqual(explicit.command, ['/entry', 'default']);
    assert.deepEqual(explicit.env, { container: 'podman', A: 'image', B: 'spec' });
    assert.deepEqual([explicit.workdir, explicit.user], ['/w', 'app']);
    assert.deepEqual(volumes, ['/data'], 'once each, and none where the spec mounts something');
    const own = explicitPlan(plan({ workdir: '/x', user: '5' })).plan;
    assert.deepEqual([own.workdir, own.user], ['/x', '5']);
  });

  it.each([
    ['a command', { command: ['a'] }, ['/entry', 'a']],
    ['no arguments', { command: [] }, ['/entry']],
    ['an entrypoint, which drops the image’s command', { entrypoint: ['/b'] }, ['/b']],
    ['no entrypoint, and a command', { entrypoint: [], command: ['c'] }, ['c']],
  ] as const)('takes %s of the spec for the image’s', (_, more, wanted) => {
    assert.deepEqual(explicitPlan(plan(more)).plan.command, wanted);
  });

  it('lets podman refuse an image that says nothing, and refuses an empty command itself', () => {
    assert.equal(explicitPlan(plan({ imageConfig: {} })).plan.command, undefined);
    assert.throws(() => explicitPlan(plan({ imageConfig: {}, command: [] })), /nothing to run/);
  });

  it('lets no label of an image say whose its container is', () => {
    assert.deepEqual(explicitPlan(plan()).plan.labels, { 'org.example': 'x', mine: 'y' });
  });
});
