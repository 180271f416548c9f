import type { RunPlan } from '@fairlead/core/backend';
import { describe, expect, it } from 'vitest';
import { refusePlan } from './refuse.ts';

const plan: RunPlan = {
  name: 'c',
  image: { format: 'sif', path: '/a.sif' },
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
};
const refused = (changes: Partial<RunPlan>) => refusePlan({ ...plan, ...changes }, false).map(({ key }) => key);

describe('refusePlan', () => {
  it('takes the smallest plan', () => {
    expect(refused({})).toEqual([]);
  });

  it('refuses users by name, with the way out (C175)', () => {
    expect(refused({ user: 'app' })).toEqual(['user']);
    expect(refused({ user: '1000:1000' })).toEqual([]);
  });

  it('refuses to run the runscript of an image that has none, and runs a command of it (C185)', () => {
    const imageConfig = { hasRunscript: false };
    expect(refused({ imageConfig })).toEqual(['entrypoint']);
    expect(refused({ imageConfig, entrypoint: [], command: ['sh'] })).toEqual([]);
    expect(refused({ imageConfig: { hasRunscript: true } })).toEqual([]);
  });

  it('refuses no arguments where the runscript would take the image’s own, and no program is known', () => {
    const image = { entrypoint: ['/e'], command: ['c'], hasRunscript: true };
    const none = (imageConfig: RunPlan['imageConfig']) => refused({ imageConfig, command: [] });
    expect(none(image)).toEqual([]);
    expect(none({ ...image, entrypoint: undefined })).toEqual(['command']);
    expect(none({ ...image, hasRunscript: undefined })).toEqual(['command']);
    expect(none({ ...image, command: undefined, entrypoint: undefined })).toEqual([]);
    expect(refused({ imageConfig: { ...image, entrypoint: undefined }, command: [], entrypoint: ['/e'] })).toEqual([]);
    expect(refused({ imageConfig: { ...image, entrypoint: undefined } })).toEqual([]);
  });

  it('refuses signals that do not exist here', () => {
    expect(refused({ stopSignal: 'SIGFOO' })).toEqual(['stopSignal']);
    expect(refused({ stopSignal: 'SIGINT' })).toEqual([]);
  });

  it('tells every reason at once', () => {
    expect(refused({ user: 'app', env: { 'a.b': '' }, stopSignal: 'x' })).toEqual(['env', 'user', 'stopSignal']);
  });
});
