import { FairleadError } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import {
  DialFailure,
  failure,
  reasonOf,
  translateConnection,
  translatePullRefusal,
  translateRefusal,
  translateStartRefusal,
  translateStreamError,
} from './errors.ts';

const unix = { kind: 'unix', path: '/nowhere/engine.sock' } as const;

/** Words of Docker 20.10 and 28.5, and of Podman 4.3 and 5.8 at a Docker socket, as they were recorded. */
const refusals: readonly (readonly [number, string, string | undefined, string])[] = [
  [
    409,
    'Conflict. The container name "/a" is already in use by container "74fc". You have to remove it',
    undefined,
    'CONFLICT',
  ],
  [
    500,
    'creating container storage: the container name "a" is already in use',
    'that name is already in use',
    'CONFLICT',
  ],
  [404, 'No such container: none', undefined, 'CONTAINER_NOT_FOUND'],
  [404, 'Cannot kill container: none: No such container: none', undefined, 'CONTAINER_NOT_FOUND'],
  [404, 'no container with name or ID "x" found: no such container', 'no such container', 'CONTAINER_NOT_FOUND'],
  [404, 'No such image: no/such:1', undefined, 'IMAGE_NOT_FOUND'],
  [
    404,
    'manifest for 127.0.0.1:5000/no/such:1 not found: manifest unknown: manifest unknown',
    undefined,
    'IMAGE_NOT_FOUND',
  ],
  [500, 'x: image not known', 'image not known', 'IMAGE_NOT_FOUND'],
  [404, 'no matching manifest for linux/arm64 in the manifest list entries', undefined, 'PLATFORM_MISMATCH'],
  [
    404,
    'pull access denied for x, repository does not exist or may require docker login: denied: requested access',
    undefined,
    'ACCESS_DENIED',
  ],
  [500, 'Get "https://x/v2/": no basic auth credentials', undefined, 'ACCESS_DENIED'],
  [401, 'unauthorized: authentication required', undefined, 'ACCESS_DENIED'],
  [404, 'get a: no such volume', undefined, 'VOLUME_NOT_FOUND'],
  [404, 'more than one result for volume name a', 'volume already exists', 'VOLUME_NOT_FOUND'],
  [409, 'remove a: volume is in use - [d176]', undefined, 'IN_USE'],
  [409, 'volume a is being used by the following container(s)', 'volume is being used', 'IN_USE'],
  [404, 'network nonet not found', undefined, 'NETWORK_NOT_FOUND'],
  [
    400,
    'invalid mount config for type "bind": bind source path does not exist: /no',
    undefined,
    'MOUNT_SOURCE_MISSING',
  ],
  [500, 'statfs /no: no such file or directory', 'no such file or directory', 'MOUNT_SOURCE_MISSING'],
  [409, 'container 74fc is not running', undefined, 'CONFLICT'],
  [409, 'Container 74fc is paused, unpause the container before exec', undefined, 'CONFLICT'],
  [500, 'can only kill running containers', 'container state improper', 'CONFLICT'],
  [400, 'Duplicate mount point: /d', undefined, 'INVALID_SPEC'],
  [400, 'Minimum memory limit allowed is 6MB', undefined, 'INVALID_SPEC'],
  [400, 'Invalid signal: NOPE', undefined, 'INVALID_SPEC'],
  [500, 'Cannot mkdir: /etc/passwd is not a directory', undefined, 'INVALID_SPEC'],
  [500, 'cannot overwrite directory "/etc" with non-directory "/"', undefined, 'INVALID_SPEC'],
  [500, 'copier: put: error creating file at "/in": open /in: file exists', undefined, 'INVALID_SPEC'],
  [500, '/d: duplicate mount destination', 'duplicate mount destination', 'INVALID_SPEC'],
  [
    500,
    'Get "http://127.0.0.1:5999/v2/": dial tcp 127.0.0.1:5999: connect: connection refused',
    undefined,
    'UNAVAILABLE',
  ],
  [500, 'dial tcp: lookup nohost.invalid: no such host', undefined, 'UNAVAILABLE'],
  [500, 'something nobody has seen', undefined, 'ENGINE_FAILURE'],
  [418, 'a teapot', undefined, 'ENGINE_FAILURE'],
];

describe('translateRefusal', () => {
  it.each(refusals)('%i %s (cause %s) is %s', (status, message, cause, code) => {
    const error = translateRefusal({ operation: 'create', status, message, cause });
    expect(error).toMatchObject({ code, backend: 'docker', operation: 'create', details: { status } });
    expect(error.message).toContain(message.split('"')[0]);
  });

  it('believes the cause of Podman before its message (C19)', () => {
    const cause = 'no such volume';
    expect(translateRefusal({ operation: 'x', status: 500, message: 'no such container', cause }).code).toBe(
      'VOLUME_NOT_FOUND',
    );
  });

  it('says at least the status where the engine says nothing (C26)', () => {
    expect(translateRefusal({ operation: 'x', status: 404, message: '' }).message).toContain('404');
  });

  it('marks only what asking again can help', () => {
    expect(translateRefusal({ operation: 'pull', status: 500, message: 'i/o timeout' }).retryable).toBe('yes');
    expect(translateRefusal({ operation: 'pull', status: 404, message: 'No such image: x' }).retryable).toBe('no');
  });
});

describe('translateStartRefusal', () => {
  it.each([
    [400, 'exec: "none": executable file not found in $PATH', undefined],
    [400, 'exec: "/etc/passwd": permission denied', undefined],
    [500, 'unable to find user nobodythere: no matching entries in passwd file', undefined],
    [500, 'driver failed programming external connectivity: port is already allocated', undefined],
    [404, 'network nonet not found', undefined],
    [500, 'crun: executable file `none` not found', 'OCI runtime attempted to invoke a command that was not found'],
  ])('%i %s (cause %s) is START_FAILED, with the words of the engine (C21, C22)', (status, message, cause) => {
    const error = translateStartRefusal({ operation: 'start', status, message, cause });
    expect(error.code).toBe('START_FAILED');
    expect(error.message).toContain(message.slice(0, 20));
  });

  it('tells what to do about a command or a user that is not there', () => {
    const hint = (message: string): string | undefined =>
      translateStartRefusal({ operation: 'start', status: 400, message }).hint;
    expect(hint('exec: "x": executable file not found in $PATH')).toContain('in the image');
    expect(hint('exec: "x": permission denied')).toContain('executable');
    expect(hint('unable to find user x: no matching entries in passwd file')).toContain('user');
    expect(hint('something else')).toBeUndefined();
  });

  it('lets a container that is gone or paused be that', () => {
    const start = (status: number, message: string): string =>
      translateStartRefusal({ operation: 'start', status, message }).code;
    expect(start(404, 'No such container: x')).toBe('CONTAINER_NOT_FOUND');
    expect(start(409, 'cannot start a paused container, try unpause instead')).toBe('CONFLICT');
  });
});

describe('translateStreamError', () => {
  it('takes a load that fails for the fault of the image (C136)', () => {
    expect(translateStreamError('load', 'archive/tar: invalid tar header').code).toBe('CORRUPT_IMAGE');
    expect(translateStreamError('load', 'payload does not match: layer not known').code).toBe('CONFLICT');
  });

  it('takes a full disk for the fault of the engine', () => {
    expect(translateStreamError('load', 'write /x: no space left on device')).toMatchObject({
      code: 'ENGINE_FAILURE',
      hint: expect.stringContaining('disk'),
    });
  });

  it('tells a pull that is refused half-way by its words, and names the image (C126, H22)', () => {
    const error = translateStreamError('pull', 'unauthorized: authentication required', 'acme/x:1');
    expect(error).toMatchObject({ code: 'ACCESS_DENIED', details: { image: 'acme/x:1' } });
    expect(error.message).toContain('acme/x:1');
  });
});

describe('translatePullRefusal', () => {
  it('names the image where the engine does not', () => {
    const error = translatePullRefusal({ operation: 'pull', status: 404, message: 'manifest unknown' }, 'acme/x:1');
    expect(error.message).toContain('acme/x:1: manifest unknown');
  });
});

describe('translateConnection', () => {
  it('keeps an error that is told already', async () => {
    const own = failure({ code: 'CONFLICT', operation: 'x', message: 'mine' });
    expect(await translateConnection(own, unix, 'x')).toBe(own);
  });

  it.each(['ECONNRESET', 'EPIPE'])('takes %s for a lost connection that can be tried again (L24)', async (code) => {
    const error = Object.assign(new Error('broken'), { code });
    expect(await translateConnection(error, unix, 'wait')).toMatchObject({ code: 'CONNECTION_LOST', retryable: 'yes' });
  });

  it('lets a lost create be tried again only with a runId', async () => {
    expect(await translateConnection(new Error('x'), unix, 'create')).toMatchObject({ retryable: 'with-run-id' });
  });

  it('takes what does not speak HTTP for no engine', async () => {
    const error = Object.assign(new Error('parse'), { code: 'HPE_INVALID_CONSTANT' });
    expect(await translateConnection(error, unix, 'x')).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('HTTP'),
    });
  });

  it('explains a socket that is not there, with its path and what to do (L26)', async () => {
    const error = new DialFailure(Object.assign(new Error('gone'), { code: 'ENOENT' }));
    expect(await translateConnection(error, unix, 'x')).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(unix.path),
      hint: expect.any(String),
    });
  });

  it('keeps the reason of a connection that was given up by its owner', async () => {
    const own = failure({ code: 'CONNECTION_LOST', operation: 'close', message: 'the manager has been disposed' });
    expect(await translateConnection(new DialFailure(own), unix, 'x')).toBe(own);
  });

  it('explains a host that refuses', async () => {
    const error = new DialFailure(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    const endpoint = { kind: 'tcp', host: '10.0.0.1', port: 2375 } as const;
    expect(await translateConnection(error, endpoint, 'x')).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('tcp://10.0.0.1:2375 (ECONNREFUSED)'),
    });
  });
});

describe('reasonOf', () => {
  it('leaves out where and what to do', () => {
    const error = new FairleadError({
      code: 'UNAVAILABLE',
      backend: 'docker',
      operation: 'connect',
      message: 'it is off',
      hint: 'Start it.',
    });
    expect(reasonOf(error)).toBe('it is off');
  });
});
