import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  FairleadError,
  unsupported,
  type ContainerManager,
  type FileImageFormat,
  type ImageConverter,
  type ImageRef,
  type RunSpec,
} from '@fairlead/core';
import type { BackendModule } from '@fairlead/core/backend';
import { memory } from '@fairlead/core/testing';
import { absentModule, fakeModule, images } from './__fixtures__/fake-module.ts';
import { select } from './select.ts';
import type { Selection, SelectOptions } from './selection.ts';

const sif: ImageRef = { format: 'sif', path: '/data/model.bin' };

/** The name of the backend that is chosen. */
async function chosen(what: Parameters<typeof select>[0], options: SelectOptions): Promise<string> {
  await using selected = await select(what, { images, ...options });
  return selected.backend;
}

describe('select takes', () => {
  it('the first engine that can run the image, and gives a manager that works', async () => {
    await using selected = await select('busybox:1', {
      managers: [absentModule('absent'), fakeModule({ name: 'here' })],
    });
    await expect(selected.runToCompletion({ image: 'busybox:1', command: ['x'] })).resolves.toMatchObject({
      exit: { code: 0 },
    });
    expect(selected.selection).toMatchObject({
      artifact: { kind: 'image', image: { format: 'registry', name: 'docker.io/library/busybox:1' } },
      chosen: { candidate: { backend: 'here', endpoint: 'here:socket' }, reasons: [], converts: false },
      verdicts: [
        { candidate: { backend: 'here' } },
        { candidate: { backend: 'absent' }, reasons: ['absent is not installed'] },
      ],
    });
  });

  it('an engine that runs the format before one for which it would be converted', async () => {
    const converts = fakeModule({ name: 'converts', loads: ['docker-archive'], probe: { rootless: true } });
    const runs = fakeModule({ name: 'runs', formats: ['sif'] });
    await expect(chosen(sif, { managers: [converts, runs] })).resolves.toBe('runs');
    await expect(chosen(sif, { managers: [converts] })).resolves.toBe('converts');
  });

  it('of managers that are open already, one that runs the format before one that converts it, and says which', async () => {
    const loads: FileImageFormat[] = ['docker-archive'];
    await using converts = fakeModule({ name: 'converts', loads, probe: { rootless: true } }).connect({}, { images });
    await using runs = fakeModule({ name: 'runs', formats: ['sif'] }).connect({}, { images });
    await expect(chosen(sif, { managers: [converts, runs] })).resolves.toBe('runs');
    const { selection } = await select(sif, { managers: [converts], images });
    expect(selection.chosen).toMatchObject({
      converts: true,
      candidate: { formats: ['registry'], converts: ['sif'] },
    });
    expect(selection.conversion).toMatchObject({ from: 'sif', to: 'docker-archive' });
  });

  it('an engine for which the image is converted, and says from what to what, and how where there are ways', async () => {
    const managers = [fakeModule({ name: 'converts', loads: ['docker-archive'] })];
    const selectWith = async (explain?: ImageConverter['explain']): Promise<Selection> => {
      const converters = images.converters.map((one) => ({ ...one, ...(explain && { explain }) }));
      await using selected = await select(sif, { managers, images: { ...images, converters } });
      return selected.selection;
    };
    const plain = { from: 'sif', to: 'docker-archive', how: undefined };
    expect((await selectWith()).conversion).toEqual(plain);
    expect((await selectWith(async () => 'mode auto')).conversion).toEqual({ ...plain, how: 'mode auto' });
    const unreadable = new FairleadError({ code: 'CORRUPT_IMAGE', message: 'no' });
    expect((await selectWith(() => Promise.reject(unreadable))).conversion).toEqual(plain);
    await expect(selectWith(() => Promise.reject(new TypeError('a fault')))).rejects.toThrow('a fault');
    await using native = await select('busybox:1', { managers, images });
    expect(native.selection.conversion).toBeUndefined();
  });

  it('the engine that honours the whole spec', async () => {
    const spec: RunSpec = { image: 'busybox:1', user: '1000' };
    const lacks = fakeModule({
      name: 'lacks',
      probe: { rootless: true },
      supports: { user: unsupported('one user only') },
    });
    await expect(chosen(spec, { managers: [lacks, fakeModule({ name: 'has' })] })).resolves.toBe('has');
    await expect(chosen('busybox:1', { managers: [lacks, fakeModule({ name: 'has' })] })).resolves.toBe('lacks');
  });

  it('the engine that has what is needed besides', async () => {
    const lacks = fakeModule({ name: 'lacks', probe: { rootless: true }, supports: { exec: unsupported('no exec') } });
    const managers = [lacks, fakeModule({ name: 'has' })];
    await expect(chosen('busybox:1', { managers, needs: ['exec'] })).resolves.toBe('has');
  });

  it('what lasts, where the run must be durable', async () => {
    const autoRemove = { kind: 'whileProcessLives', how: 'this process waits' } as const;
    const lives = fakeModule({ name: 'lives', probe: { rootless: true }, supports: { autoRemove } });
    const spec: RunSpec = { image: 'busybox:1', autoRemove: true };
    const managers = [lives, fakeModule({ name: 'lasts' })];
    await expect(chosen(spec, { managers })).resolves.toBe('lives');
    await expect(chosen(spec, { managers, durable: true })).resolves.toBe('lasts');
  });

  it('what is preferred, if it can run the image', async () => {
    const managers = [
      fakeModule({ name: 'a', probe: { rootless: true } }),
      fakeModule({ name: 'b' }),
      absentModule('c'),
    ];
    await expect(chosen('busybox:1', { managers, prefer: ['b'] })).resolves.toBe('b');
    await expect(chosen('busybox:1', { managers, prefer: ['c', 'b'] })).resolves.toBe('b');
  });

  it('an engine that plays manifests for a manifest, given or found in a file', async () => {
    const managers = [
      fakeModule({ name: 'runs', probe: { rootless: true } }),
      fakeModule({ name: 'plays', kube: true }),
    ];
    await expect(chosen({ yaml: 'kind: Pod' }, { managers })).resolves.toBe('plays');
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-select-'));
    try {
      const file = join(folder, 'anything');
      await writeFile(file, 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n');
      await using selected = await select(file, { managers });
      expect(selected.selection.artifact).toEqual({ kind: 'manifest', source: file });
      expect(selected.backend).toBe('plays');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('a manager that is open already, and leaves it open, as the others that the caller gave', async () => {
    const close = vi.fn<() => Promise<void>>(() => Promise.resolve());
    const open = (rootless: boolean): ContainerManager =>
      memory({
        decorate: (backend) => ({
          ...backend,
          close,
          probe: async (call) => Object.assign(await backend.probe(call), { rootless }),
        }),
      });
    const managers = [open(false), open(true)];
    const selected = await select('busybox:1', { managers });
    expect(selected.selection.chosen.candidate.probe).toMatchObject({ rootless: true });
    await selected[Symbol.asyncDispose]();
    expect(close).not.toHaveBeenCalled();
    await managers[1]?.[Symbol.asyncDispose]();
    expect(close).toHaveBeenCalledOnce();
  });
});

describe('select refuses', () => {
  it('with a table of every candidate, its reason and its remedy', async () => {
    const managers = [absentModule('absent'), fakeModule({ name: 'other' })];
    const failure = select(sif, { managers, images });
    await expect(failure).rejects.toMatchObject({
      code: 'NO_BACKEND',
      details: {
        candidates: [
          { backend: 'other', endpoint: 'other:socket', reason: 'does not run sif' },
          {
            backend: 'absent',
            endpoint: '/run/absent.sock',
            reason: 'absent is not installed',
            hint: 'Install absent.',
          },
        ],
      },
    });
    await expect(failure).rejects.toThrow(
      [
        'select: no engine here can run sif:/data/model.bin (format sif):',
        '  other   other:socket      does not run sif',
        '  absent  /run/absent.sock  absent is not installed',
        '                            -> Install absent.',
      ].join('\n'),
    );
  });

  it("a conversion where convert is 'never' (acceptance 5)", async () => {
    const managers = [fakeModule({ name: 'converts', loads: ['docker-archive'] })];
    await expect(select(sif, { managers, images, convert: 'never' })).rejects.toThrow("convert is 'never'");
  });

  it("a conversion by a manager that is open already, where convert is 'never' (acceptance 5)", async () => {
    await using manager = fakeModule({ name: 'converts', loads: ['docker-archive'] }).connect({}, { images });
    await expect(select(sif, { managers: [manager], images, convert: 'never' })).rejects.toThrow(
      "would have to convert sif, and convert is 'never'",
    );
  });

  it('a preference for a backend that is not among the candidates', async () => {
    const managers = [fakeModule({ name: 'a' })];
    await expect(select('busybox', { managers, prefer: ['dokcer'] })).rejects.toMatchObject({
      code: 'INVALID_SPEC',
      details: { unknown: ['dokcer'], names: ['a'] },
    });
  });

  it('a need that no engine knows', async () => {
    const managers = [fakeModule({ name: 'a' })];
    // What a caller without types may pass.
    const needs = ['teleport'] as unknown as SelectOptions['needs'];
    await expect(select('busybox', { managers, needs })).rejects.toThrow('teleport: it takes no position on this');
  });

  it('without candidates', async () => {
    await expect(select('busybox', { managers: [] })).rejects.toThrow('there is no candidate');
  });

  it('a backend that was made for another version of the interface', async () => {
    // What a package made for a later version exports.
    const later = { ...fakeModule({ name: 'later' }), apiVersion: 2 } as unknown as BackendModule;
    await expect(select('busybox', { managers: [later] })).rejects.toMatchObject({ code: 'INVALID_SPEC' });
  });

  it('a fault of the spec, instead of calling every engine unfit', async () => {
    const managers = [fakeModule({ name: 'a' }), fakeModule({ name: 'b' })];
    await expect(select({ image: 'busybox', user: '-x' }, { managers })).rejects.toMatchObject({
      code: 'INVALID_SPEC',
    });
    const mounts = [{ type: 'bind', source: '/absent/at/all', target: '/a' }] as const;
    await expect(select({ image: 'busybox', mounts }, { managers })).rejects.toMatchObject({
      code: 'MOUNT_SOURCE_MISSING',
    });
  });

  it('a reference that cannot be parsed and a file that is not there, before it asks any engine', async () => {
    const events: string[] = [];
    const managers = [fakeModule({ name: 'a', events })];
    await expect(select('Not:Valid:Ref', { managers })).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
    await expect(select('/absent/at/all', { managers })).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    expect(events).toEqual([]);
  });
});
