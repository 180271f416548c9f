import { describe, expect, it } from 'vitest';
import { engines, recorded } from './__fixtures__/recorded.ts';
import { parseImage, parseProgress } from './image-records.ts';
import {
  parseContainer,
  parseContainerIds,
  parseCreated,
  parseExec,
  parseExecId,
  parsePath,
  parseVolume,
  parseVolumes,
} from './records.ts';

describe.each(engines)('records of %s', (engine) => {
  const answers = recorded(engine);

  it('reads a created container: name without slash, times of the year 1 as none', () => {
    const record = parseContainer(answers.created);
    expect(record).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      name: 'recorded-exited',
      user: '',
      tty: false,
      logDriver: 'local',
    });
    expect(record.labels['io.example']).toBe('a');
    expect(record.state).toEqual({
      status: 'created',
      exitCode: 0,
      error: '',
      oomKilled: false,
      startedAt: undefined,
      finishedAt: undefined,
      restartCount: 0,
    });
  });

  it('reads a running container', () => {
    expect(parseContainer(answers.running).state).toMatchObject({
      status: 'running',
      startedAt: expect.stringMatching(/^2026-/),
      finishedAt: undefined,
    });
  });

  it('reads how a container ended', () => {
    expect(parseContainer(answers.exited).state).toMatchObject({ status: 'exited', exitCode: 7, oomKilled: false });
    expect(parseContainer(answers.oom).state).toMatchObject({ status: 'exited', exitCode: 137, oomKilled: true });
  });

  it('reads a start that failed (C22, C23)', () => {
    expect(parseContainer(answers.startFailed).state).toMatchObject({
      status: 'created',
      exitCode: 127,
      error: expect.stringContaining('executable file not found'),
    });
  });

  it('reads an image', () => {
    expect(parseImage(answers.image)).toEqual({
      id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      tags: expect.arrayContaining(['127.0.0.1:5000/fairlead/busybox:test']),
      digests: [expect.stringMatching(/^127\.0\.0\.1:5000\/fairlead\/busybox@sha256:/)],
      architecture: 'amd64',
      os: 'linux',
      entrypoint: [],
      labels: {},
    });
  });

  it('reads volumes', () => {
    expect(parseVolume(answers.volume)).toEqual({ name: 'recorded', labels: { a: 'b' } });
    expect(parseVolumes(answers.volumes)).toEqual([{ name: 'recorded', labels: { a: 'b' } }]);
  });

  it('reads an exec', () => {
    expect(parseExecId(answers.execCreated)).toMatch(/^[0-9a-f]{64}$/);
    expect(parseExec(answers.execEnded)).toEqual({ running: false, exitCode: 5 });
  });
});

describe('records', () => {
  it('reads null, empty and missing alike (C134)', () => {
    const expected = { id: 'i', tags: [], digests: [], architecture: '', os: '', entrypoint: [], labels: {} };
    expect(parseImage({ Id: 'i', RepoTags: null, RepoDigests: null })).toEqual(expected);
    expect(parseImage({ Id: 'i', RepoTags: [], Config: { Labels: null } })).toEqual(expected);
    expect(parseImage({ Id: 'i', Config: { Entrypoint: '/x' } }).entrypoint).toEqual(['/x']);
    expect(parseVolumes({ Volumes: null })).toEqual([]);
    expect(parseVolume({ Name: 'v', Labels: null })).toEqual({ name: 'v', labels: {} });
    expect(parseCreated({ Id: 'c', Warnings: null })).toEqual({ id: 'c', warnings: [] });
  });

  it('keeps the code of a running exec out (C66)', () => {
    expect(parseExec({ Running: true, ExitCode: null })).toEqual({ running: true, exitCode: undefined });
  });

  it('gives the GOARCH word of an image (C3)', () => {
    expect(parseImage({ Id: 'i', Architecture: 'aarch64' }).architecture).toBe('arm64');
  });

  it('reads ids of a list', () => {
    expect(parseContainerIds([{ Id: 'a', Names: ['/x'] }, { Id: 'b' }])).toEqual(['a', 'b']);
  });

  it('tells files, folders, links and others apart by the bits of Go (C78)', () => {
    const stat = (mode: number, linkTarget = ''): string =>
      Buffer.from(JSON.stringify({ name: 'x', size: 3, mode, mtime: '', linkTarget })).toString('base64');
    expect(parsePath(stat(0o644))).toEqual({ type: 'file', size: 3, linkTarget: '' });
    expect(parsePath(stat(2 ** 31 + 0o755)).type).toBe('directory');
    expect(parsePath(stat(2 ** 27 + 0o777, '/v/x'))).toEqual({ type: 'symlink', size: 3, linkTarget: '/v/x' });
    expect(parsePath(stat(2 ** 25 + 0o644)).type).toBe('other');
    expect(parsePath(stat(2 ** 26 + 2 ** 21 + 0o644)).type).toBe('other');
    expect(parsePath(stat(2 ** 24 + 0o644)).type).toBe('other');
  });

  it('reads the lines of pulls and loads (C126)', () => {
    expect(parseProgress('{"status":"Downloading","id":"abc","progressDetail":{"current":5,"total":9}}')).toEqual({
      status: 'abc Downloading',
      error: undefined,
      bytes: 5,
      totalBytes: 9,
    });
    expect(parseProgress('{"stream":"Loaded image: x:1\\n"}').status).toBe('Loaded image: x:1');
    expect(parseProgress('{"errorDetail":{"message":"invalid tar"},"error":"invalid tar"}').error).toBe('invalid tar');
    expect(parseProgress('{"error":"old"}').error).toBe('old');
  });

  it('says what it does not understand, and quotes no value of it', () => {
    expect(() => parseContainer({ Id: 1, Name: '/secret' })).toThrow(
      expect.objectContaining({ code: 'ENGINE_FAILURE', message: expect.not.stringContaining('secret') }),
    );
  });
});
