import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { FairleadError } from '@fairlead/core';
import { parseEngine } from './engine-record.ts';
import { parseContainers, parseImage, parseListed, parsePods, parseSecrets, parseVolumes } from './records.ts';

describe('records', () => {
  it('reads what podman 4.3 and 5.8 tell of themselves', () => {
    const told = parseEngine(
      JSON.stringify({
        host: {
          arch: 'amd64',
          os: 'linux',
          cgroupVersion: 'v1',
          cgroupControllers: [],
          security: { rootless: true },
          serviceIsRemote: false,
          pasta: { executable: '/usr/bin/pasta' },
          slirp4netns: { executable: '' },
          somethingNew: 1,
        },
        store: { graphRoot: '/g', runRoot: '/r' },
        version: { Version: '5.8.6' },
      }),
    );
    assert.deepEqual(told, {
      version: '5.8.6',
      architecture: 'amd64',
      elsewhere: undefined,
      os: 'linux',
      rootless: true,
      remote: false,
      cgroupVersion: 'v1',
      cgroupControllers: [],
      graphRoot: '/g',
      runRoot: '/r',
      networkHelpers: ['/usr/bin/pasta'],
    });
  });

  it('reads lists with null for empty (C134)', () => {
    const text = JSON.stringify([{ Id: 'a', Names: ['n'], Labels: null, Pod: '', IsInfra: false, ExitCode: 300 }]);
    assert.deepEqual(parseListed(text), [{ id: 'a', names: ['n'], labels: {}, pod: '', podName: '', infra: false }]);
  });

  it('reads a container, with the year 1 as no time (C6)', () => {
    const [found] = parseContainers(
      JSON.stringify([
        {
          Id: 'a',
          Name: 'n',
          Created: '2026-11-21T08:21:42.815242823Z',
          ImageName: 'localhost/x:1',
          Pod: '',
          RestartCount: 0,
          Mounts: [{ Type: 'volume', Name: 'v' }, { Type: 'bind' }],
          Config: { Labels: { k: 'a,b' }, Annotations: { x: 'y' }, User: '' },
          State: {
            Status: 'created',
            ExitCode: 0,
            StartedAt: '0001-01-01T00:00:00Z',
            FinishedAt: '0001-01-01T00:00:00Z',
          },
        },
      ]),
    );
    assert.deepEqual(found?.mountedVolumes, ['v']);
    assert.deepEqual([found?.labels['k'], found?.annotations['x']], ['a,b', 'y']);
    assert.deepEqual([found?.state.startedAt, found?.state.finishedAt, found?.state.error], [undefined, undefined, '']);
  });

  it('reads images, volumes, pods', () => {
    assert.deepEqual(
      parseImage(
        JSON.stringify([
          {
            Id: 'i',
            Digest: 'sha256:d',
            Architecture: 'amd64',
            Os: 'linux',
            Config: { Entrypoint: ['/e'], Labels: { a: 'b' } },
          },
        ]),
      ),
      {
        id: 'i',
        digest: 'sha256:d',
        architecture: 'amd64',
        os: 'linux',
        entrypoint: ['/e'],
        labels: { a: 'b' },
      },
    );
    assert.deepEqual(parseVolumes('[{"Name":"v","Labels":{},"Anonymous":true,"CreatedAt":"t"}]'), [
      { name: 'v', labels: {}, anonymous: true, createdAt: 't' },
    ]);
    assert.deepEqual(parsePods('[{"Id":"a","Name":"p","Status":"Running"}]'), [{ id: 'a', name: 'p' }]);
  });

  it('reads secrets from an object a line, because `--format json` prints that word', () => {
    assert.deepEqual(parseSecrets('{"ID":"a","Name":"s"}\n{"ID":"b","Name":"t"}\n'), [
      { id: 'a', name: 's' },
      { id: 'b', name: 't' },
    ]);
    assert.deepEqual(parseSecrets(''), []);
    assert.throws(
      () => parseSecrets('json\n'),
      (error) => FairleadError.is(error, 'ENGINE_FAILURE'),
    );
  });

  it('says what it does not understand', () => {
    assert.throws(
      () => parseListed('[{"Names":[]}]'),
      (error) => FairleadError.is(error, 'ENGINE_FAILURE') && error.message.includes('0.Id'),
    );
    assert.throws(
      () => parseVolumes('no json'),
      (error) => FairleadError.is(error, 'ENGINE_FAILURE'),
    );
  });
});
