import type { CreatePlan } from '@fairlead/core/backend';
import { describe, expect, it } from 'vitest';
import { plan } from './__fixtures__/plan.ts';
import { createBody, logConfigFor } from './create-body.ts';

function body(parts: Partial<CreatePlan> = {}): ReturnType<typeof createBody> {
  return createBody(plan(parts), undefined);
}

describe('createBody', () => {
  it('leaves nothing to defaults that differ between engines (C5) or can be configured', () => {
    expect(body()).toEqual({
      Image: 'sha256:1234',
      Labels: {},
      Env: [],
      Hostname: 'a-name',
      StopTimeout: 10,
      Healthcheck: { Test: ['NONE'] },
      Tty: false,
      OpenStdin: false,
      HostConfig: {
        Mounts: [],
        NetworkMode: 'none',
        ReadonlyRootfs: false,
        Init: false,
        AutoRemove: false,
        RestartPolicy: { Name: 'no' },
      },
    });
  });

  it('never lets the engine remove the container, whatever the plan says (C38)', () => {
    expect(body({ autoRemove: true }).HostConfig.AutoRemove).toBe(false);
  });

  it('keeps the image’s command and entrypoint where the plan has none', () => {
    expect(body()).not.toHaveProperty('Cmd');
    expect(body()).not.toHaveProperty('Entrypoint');
  });

  it('sends words as they are: no shell, no options', () => {
    const command = ['-c', '$HOME; "x"', 'a\nb', '', 'é=1,2:3'];
    expect(body({ command }).Cmd).toEqual(command);
    expect(body({ entrypoint: ['/bin/run', '--all'], command })).toMatchObject({
      Entrypoint: ['/bin/run', '--all'],
      Cmd: command,
    });
  });

  it('takes the image’s entrypoint away for an empty list (C116)', () => {
    expect(body({ entrypoint: [], command: ['x'] })).toMatchObject({ Entrypoint: [''], Cmd: ['x'] });
  });

  it('sends the environment as one entry each (C115)', () => {
    expect(body({ env: { A: '1', B: 'x=y\nz', C: '' } }).Env).toEqual(['A=1', 'B=x=y\nz', 'C=']);
  });

  it('sends labels, workdir, user, stop signal and grace', () => {
    const parts = { labels: { k: 'v' }, workdir: '/w', user: 'app:2000', stopSignal: 'SIGINT', stopGraceSeconds: 3 };
    expect(body(parts)).toMatchObject({
      Labels: { k: 'v' },
      WorkingDir: '/w',
      User: 'app:2000',
      StopSignal: 'SIGINT',
      StopTimeout: 3,
    });
  });

  it('sends mounts in the form that makes no missing source and splits no path (C122)', () => {
    const { Mounts } = body({
      mounts: [
        { type: 'bind', source: '/a,b:c', target: '/x', readOnly: true },
        { type: 'volume', volume: 'vol', target: '/y' },
        { type: 'tmpfs', target: '/z' },
        { type: 'tmpfs', target: '/t', sizeBytes: 1024, readOnly: true },
      ],
    }).HostConfig;
    expect(Mounts).toEqual([
      { Type: 'bind', Source: '/a,b:c', Target: '/x', ReadOnly: true },
      { Type: 'volume', Source: 'vol', Target: '/y', ReadOnly: false },
      { Type: 'tmpfs', Target: '/z', ReadOnly: false },
      { Type: 'tmpfs', Target: '/t', ReadOnly: true, TmpfsOptions: { SizeBytes: 1024 } },
    ]);
  });

  it.each([
    ['none', 'none'],
    ['private', 'bridge'],
    ['host', 'host'],
  ] as const)('calls the network %s %s', (mode, expected) => {
    expect(body({ network: { mode } }).HostConfig.NetworkMode).toBe(expected);
  });

  it('sends limits, CPUs in billionths', () => {
    const resources = { memoryBytes: 64 * 1024 * 1024, cpus: 0.1, pids: 20 };
    expect(body({ resources }).HostConfig).toMatchObject({ Memory: 67_108_864, NanoCpus: 100_000_000, PidsLimit: 20 });
  });

  it('sends a read-only root', () => {
    expect(body({ readOnlyRootfs: true }).HostConfig.ReadonlyRootfs).toBe(true);
  });
});

describe('logConfigFor', () => {
  it('keeps whole logs on Docker: every byte (C50), and no rotation', () => {
    const config = logConfigFor({ apiVersion: '1.41', podman: undefined });
    expect(config).toEqual({ Type: 'local', Config: { 'max-size': '1000t', 'max-file': '1', compress: 'false' } });
    expect(createBody(plan(), config).HostConfig.LogConfig).toBe(config);
  });

  it('leaves the log to Podman, whose own is exact', () => {
    expect(logConfigFor({ apiVersion: '1.41', podman: '4.3.1' })).toBeUndefined();
  });
});
