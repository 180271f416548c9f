import { describe, expect, it } from 'vitest';
import { contradictions } from './spec-contradictions.ts';
import type { RunSpec } from './spec.ts';

function pathsOf(spec: Omit<RunSpec, 'image'>): readonly string[] {
  return contradictions({ image: 'busybox', ...spec }).map(({ path }) => path);
}

describe('contradictions', () => {
  it('finds none in a plain spec', () => {
    expect(pathsOf({ name: 'a', command: ['ls'], mounts: [{ type: 'tmpfs', target: '/t' }] })).toEqual([]);
  });

  it('finds a name beside a runId: the name comes from the runId', () => {
    expect(pathsOf({ name: 'a', runId: 'b' })).toEqual(['runId']);
  });

  it('finds autoRemove beside a runId: what is gone would be run again', () => {
    expect(pathsOf({ runId: 'b', autoRemove: true })).toEqual(['runId']);
    expect(pathsOf({ runId: 'b', autoRemove: false })).toEqual([]);
  });

  it('finds an entrypoint of nothing without a command', () => {
    expect(pathsOf({ entrypoint: [] })).toEqual(['entrypoint']);
    expect(pathsOf({ entrypoint: [], command: [] })).toEqual(['entrypoint']);
    expect(pathsOf({ entrypoint: [], command: ['ls'] })).toEqual([]);
  });

  it('finds a program without a name', () => {
    expect(pathsOf({ entrypoint: [''] })).toEqual(['entrypoint.0']);
    expect(pathsOf({ entrypoint: [], command: [''] })).toEqual(['command.0']);
    expect(pathsOf({ command: [''] })).toEqual([]);
  });

  it('finds two things at one place, however it is written', () => {
    expect(
      pathsOf({
        mounts: [
          { type: 'tmpfs', target: '/a/b' },
          { type: 'tmpfs', target: '//a/./b/' },
        ],
        files: [{ target: '/a/b', content: '' }],
      }),
    ).toEqual(['mounts.1.target', 'files.0.target']);
  });

  it('finds a file or a mount below a file', () => {
    const files = [
      { target: '/a', content: '' },
      { target: '/a/b', content: '' },
    ];
    expect(pathsOf({ files, mounts: [{ type: 'tmpfs', target: '/a/c' }] })).toEqual([
      'mounts.0.target',
      'files.1.target',
    ]);
    expect(
      pathsOf({
        files: [
          { target: '/ab', content: '' },
          { target: '/a', content: '' },
        ],
      }),
    ).toEqual([]);
  });

  it('finds a file in a tmpfs, which is empty at the start', () => {
    expect(pathsOf({ files: [{ target: '/t/x', content: '' }], mounts: [{ type: 'tmpfs', target: '/t' }] })).toEqual([
      'files.0.target',
    ]);
  });

  it('finds a file in a read-only mount, but not in a writable one inside it', () => {
    const files = [{ target: '/d/out/x', content: '' }];
    const readOnly = { type: 'bind', source: '/s', target: '/d', readOnly: true } as const;
    expect(pathsOf({ files, mounts: [readOnly] })).toEqual(['files.0.target']);
    expect(pathsOf({ files, mounts: [readOnly, { type: 'volume', volume: 'v', target: '/d/out' }] })).toEqual([]);
  });

  it.each([
    '/proc/x',
    '/sys/fs/x',
    '/dev/shm/x',
    '//dev/./x',
    '/dev',
    '/etc/hosts',
    '/etc/hostname',
    '/etc/resolv.conf',
  ])('finds a file at %s, over which every engine mounts its own', (target) => {
    expect(pathsOf({ files: [{ target, content: '' }] })).toEqual(['files.0.target']);
  });

  it('finds no fault in files beside such places', () => {
    const targets = ['/etc/hosts.allow', '/device/x', '/srv/dev/x', '/etc/passwd'];
    expect(pathsOf({ files: targets.map((target) => ({ target, content: '' })) })).toEqual([]);
  });

  it('finds a file over which an engine mounts, whatever the spec mounts around it, but not one in a mount that lies there', () => {
    const mounted = (target: string, file: string): readonly string[] =>
      pathsOf({ files: [{ target: file, content: '' }], mounts: [{ type: 'volume', volume: 'v', target }] });
    expect(mounted('/etc', '/etc/hosts')).toEqual(['files.0.target']);
    expect(mounted('/dev/shm', '/dev/x')).toEqual(['files.0.target']);
    expect(mounted('/dev/shm', '/dev/shm/x')).toEqual([]);
    expect(mounted('/dev', '/dev/shm/x')).toEqual([]);
  });

  it('says what to do about such a file', () => {
    const [issue] = contradictions({ image: 'busybox', files: [{ target: '/etc/hosts', content: '' }] });
    expect(issue?.message).toContain('mount a file of the host there instead');
  });
});
