import assert from 'node:assert/strict';
import { FairleadError } from '@fairlead/core';
import { describe, it } from 'vitest';
import { DialFailure, translateConnection, translateRefusal, translateStartRefusal, withHint } from './errors.ts';

function refused(fields: { operation?: string; status?: number; cause?: string; message?: string }) {
  return { operation: 'inspect', status: 500, cause: undefined, message: '', ...fields };
}

describe('translateRefusal takes the cause first, then the text, then the status (C19, C20)', () => {
  it.each([
    ['no such container', 'CONTAINER_NOT_FOUND'],
    ['no such exec session', 'CONTAINER_NOT_FOUND'],
    ['no such volume', 'VOLUME_NOT_FOUND'],
    ['network not found', 'NETWORK_NOT_FOUND'],
    ['image not known', 'IMAGE_NOT_FOUND'],
    ['that name is already in use', 'CONFLICT'],
    ['volume already exists', 'CONFLICT'],
    ['container state improper', 'CONFLICT'],
    ['volume is being used', 'IN_USE'],
    ['no matching entries in passwd file', 'INVALID_SPEC'],
    ['no matching entries in group file', 'INVALID_SPEC'],
    ['duplicate mount destination', 'INVALID_SPEC'],
    ['invalid argument', 'INVALID_SPEC'],
    ['something new', 'ENGINE_FAILURE'],
  ] as const)('%s is %s, whatever the status', (cause, code) => {
    assert.equal(translateRefusal(refused({ cause, message: `words: ${cause}` })).code, code);
    assert.equal(translateRefusal(refused({ cause, status: 404, message: 'words' })).code, code);
  });

  const source = 'statfs /work/nope: no such file or directory';
  const refusedPull =
    'initializing source docker://127.0.0.1:5000/nope:test: reading manifest test in 127.0.0.1:5000/nope';
  it.each([
    ['create', source, 'MOUNT_SOURCE_MISSING'],
    ['create', 'statfs /root/x: permission denied', 'ACCESS_DENIED'],
    ['create', 'copier: put: error creating file at "/in/a": open /in/a: file exists', 'INVALID_SPEC'],
    ['kill', 'invalid signal: NOPE', 'INVALID_SPEC'],
    ['pull', `${refusedPull}: manifest unknown: manifest unknown`, 'IMAGE_NOT_FOUND'],
    [
      'pull',
      'short-name "foo" did not resolve to an alias and no unqualified-search registries are defined',
      'IMAGE_NOT_FOUND',
    ],
    ['pull', `${refusedPull}: unauthorized: authentication required`, 'ACCESS_DENIED'],
    [
      'pull',
      'choosing an image from manifest list docker://x: no image found in image index for architecture amd64',
      'PLATFORM_MISMATCH',
    ],
    [
      'pull',
      'pinging container registry r.example: Get "https://r.example/v2/": dial tcp: lookup r.example: no such host',
      'UNAVAILABLE',
    ],
    [
      'pull',
      'pinging container registry 127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused',
      'UNAVAILABLE',
    ],
    ['pull', 'http: server gave HTTP response to HTTPS client', 'UNAVAILABLE'],
    ['load', 'payload does not match any of the supported image formats', 'CORRUPT_IMAGE'],
    [
      'load',
      'payload does not match any:\n * docker-archive: creating image "e5": layer not known\n * dir: no',
      'CONFLICT',
    ],
    ['create', 'layer not known', 'ENGINE_FAILURE'],
    ['load', 'writing blob: write /var/tmp/x: no space left on device', 'ENGINE_FAILURE'],
    ['inspect', source, 'ENGINE_FAILURE'],
  ] as const)('%s: "%s" is %s', (operation, message, code) => {
    assert.equal(translateRefusal(refused({ operation, message })).code, code);
  });

  it('reads a missing bind source although its cause is a common one (C122)', () => {
    const found = translateRefusal(
      refused({ operation: 'create', cause: 'no such file or directory', message: source }),
    );
    assert.equal(found.code, 'MOUNT_SOURCE_MISSING');
  });

  it('says what, where and what to do', () => {
    const found = translateRefusal(
      refused({ operation: 'volumes.remove', cause: 'volume is being used', message: 'volume v is\n being used' }),
    );
    assert.match(found.message, /^podman volumes\.remove: volume v is being used\n {2}Remove the containers/);
    assert.deepEqual(found.details, { status: 500, cause: 'volume is being used' });
  });

  it('leaves out what each reader of image formats said about files of the engine', () => {
    const message =
      'payload does not match any of the supported image formats:\n * oci: open /var/tmp/x: no\n * dir: no';
    assert.match(translateRefusal(refused({ operation: 'load', message })).message, /image formats$/);
  });

  it('falls back to the status where there are no words', () => {
    assert.equal(translateRefusal(refused({ status: 409 })).code, 'CONFLICT');
    assert.match(translateRefusal(refused({ status: 502 })).message, /status 502/);
  });
});

describe('translateStartRefusal', () => {
  it.each([
    'OCI runtime attempted to invoke a command that was not found',
    'OCI permission denied',
    'OCI runtime error',
    'no matching entries in passwd file',
    'not a directory',
    'container state improper',
  ])('"%s" is START_FAILED (C22)', (cause) => {
    assert.equal(translateStartRefusal(refused({ cause, message: cause })).code, 'START_FAILED');
  });

  it('leaves a container that is gone what it is', () => {
    assert.equal(
      translateStartRefusal(refused({ status: 404, cause: 'no such container' })).code,
      'CONTAINER_NOT_FOUND',
    );
  });

  it('does not read a missing network as a missing container (C21)', () => {
    assert.equal(translateStartRefusal(refused({ status: 404, cause: 'network not found' })).code, 'START_FAILED');
  });
});

describe('translateConnection', () => {
  const where = { socketPath: '/nonexistent/podman/podman.sock', operation: 'wait' };

  it('tells a connection that broke as lost, to be tried again (L24)', async () => {
    const error = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    const found = await translateConnection(error, where);
    assert.deepEqual(
      [FairleadError.is(found) && found.code, FairleadError.is(found) && found.retryable],
      ['CONNECTION_LOST', 'yes'],
    );
  });

  it('tells a create whose answer was lost as to be tried again with a runId', async () => {
    const found = await translateConnection(new Error('x'), { ...where, operation: 'create' });
    assert.equal(FairleadError.is(found) && found.retryable, 'with-run-id');
  });

  it('tells a socket that is not there with the command that makes it (L26)', async () => {
    const cause = Object.assign(new Error('connect'), { code: 'ENOENT' });
    const found = await translateConnection(new DialFailure(cause), where);
    assert.equal(FairleadError.is(found) && found.code, 'UNAVAILABLE');
    assert.match(found.message, /\/nonexistent\/podman\/podman\.sock[^]*systemctl --user start podman\.socket/);
  });

  it('tells what does not speak HTTP', async () => {
    const error = Object.assign(new Error('Parse'), { name: 'HTTPParserError' });
    assert.equal(FairleadError.is(await translateConnection(error, where), 'UNAVAILABLE'), true);
  });

  it('leaves an error that is told already as it is', async () => {
    const error = new FairleadError({ code: 'CORRUPT_IMAGE', message: 'x' });
    assert.equal(await translateConnection(error, where), error);
  });
});

describe('withHint', () => {
  const problem = { code: 'UNAVAILABLE', reason: 'r', hint: 'h' } as const;

  it('knows the units of user and root, and other sockets', () => {
    assert.match(withHint(problem, '/run/user/5/podman/podman.sock').hint, /systemctl --user start podman\.socket/);
    assert.match(withHint(problem, '/run/podman/podman.sock').hint, /systemctl start podman\.socket/);
    assert.match(withHint(problem, '/tmp/x.sock').hint, /podman system service --time=0 unix:\/\/\/tmp\/x\.sock/);
  });
});
