import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { idOf, inspected } from './__fixtures__/fake-libpod.ts';
import {
  parseContainer,
  parseContainers,
  parseCreated,
  parseExec,
  parseImage,
  parsePath,
  parsePullLine,
  parseVolumes,
} from './records.ts';

describe('parseContainer', () => {
  it('reads what inspect of Podman 5.8 answers', () => {
    assert.deepEqual(parseContainer(inspected(idOf('a'))), {
      id: idOf('a'),
      name: 'one',
      image: 'docker.io/library/busybox:1',
      createdAt: '2026-11-21T08:17:20.18149762Z',
      labels: { a: 'b' },
      user: '',
      state: {
        status: 'exited',
        exitCode: 7,
        oomKilled: false,
        startedAt: '2026-11-21T08:17:20.28149762Z',
        finishedAt: '2026-11-21T08:17:20.287448134Z',
        restartCount: 0,
      },
      mountTargets: ['/data'],
    });
  });

  it('reads year 1 as "not yet", and absent labels and mounts as none (C6)', () => {
    const state = { Status: 'created', StartedAt: '0001-01-01T00:00:00Z', FinishedAt: '0001-01-01T00:00:00Z' };
    const found = parseContainer({ ...inspected('i'), Config: { Labels: null }, Mounts: null, State: state });
    assert.deepEqual([found.state.startedAt, found.state.finishedAt], [undefined, undefined]);
    assert.deepEqual([found.labels, found.mountTargets], [{}, []]);
  });

  it('takes the signal of Podman 4, a number, and of Podman 5, a name, alike', () => {
    for (const StopSignal of [15, 'SIGTERM']) {
      assert.equal(parseContainer({ ...inspected('i'), Config: { StopSignal, User: 'app' } }).user, 'app');
    }
  });

  it('tells which fields of an answer are wrong, without their values', () => {
    const wrong = { ...inspected('i'), Id: 5, Config: { Labels: { secret: 7 } } };
    assert.throws(
      () => parseContainer(wrong),
      (error) => {
        assert.ok(error instanceof Error);
        assert.match(error.message, /^podman inspect: .*Id: .*Config\.Labels\.secret: /);
        return true;
      },
    );
  });
});

describe('lists', () => {
  it('takes null for an empty list', () => {
    assert.deepEqual([parseContainers(null), parseVolumes(null)], [[], []]);
  });

  it('drops the slash before names (C6)', () => {
    assert.deepEqual(parseContainers([{ Id: 'i', Names: ['/a', 'b'] }]), [{ id: 'i', names: ['a', 'b'] }]);
  });

  it('takes null warnings for none', () => {
    assert.deepEqual(parseCreated({ Id: 'i', Warnings: null }), { id: 'i', warnings: [] });
  });

  it('reads an exec whose code is 0 while it runs as running (C66)', () => {
    assert.deepEqual(parseExec({ Running: true, ExitCode: 0 }), { running: true, exitCode: 0 });
  });
});

describe('parseImage', () => {
  it('gives ids with their algorithm and takes null, empty and missing alike (C6, C134)', () => {
    const found = parseImage({ Id: 'ab', Digest: '', RepoTags: null, Config: { Entrypoint: null, Labels: null } });
    const empty = { digest: undefined, tags: [], digests: [], architecture: '', os: '', entrypoint: [], labels: {} };
    assert.deepEqual(found, { id: 'sha256:ab', ...empty });
    assert.equal(parseImage({ Id: 'sha256:ab' }).id, 'sha256:ab');
  });

  it('reads an entrypoint that is one text', () => {
    assert.deepEqual(parseImage({ Id: 'ab', Config: { Entrypoint: '/x' } }).entrypoint, ['/x']);
  });
});

describe('parsePath reads modes as Go writes them (C78)', () => {
  it.each([
    [420, 'file'],
    [0, 'file'],
    [2_147_484_141, 'directory'],
    [33_554_852, 'other'],
    [2 ** 27 + 0o777, 'symlink'],
  ] as const)('mode %i is a %s', (mode, type) => {
    const header = Buffer.from(JSON.stringify({ name: 'x', size: 3, mode })).toString('base64');
    assert.deepEqual(parsePath(header), { type, size: 3 });
  });
});

describe('parsePullLine', () => {
  it('finds progress, failure and id (C126, C128)', () => {
    assert.deepEqual(parsePullLine('{"stream":"Trying to pull x...\\n"}').text, 'Trying to pull x...');
    assert.deepEqual(parsePullLine('{"error":"manifest unknown"}').error, 'manifest unknown');
    assert.deepEqual(parsePullLine('{"images":["ab"],"id":"ab"}').id, 'sha256:ab');
  });

  it('takes a line that is no JSON for text', () => {
    assert.deepEqual(parsePullLine('hello'), { text: 'hello', error: undefined, id: undefined });
  });
});
