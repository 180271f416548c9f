import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { lastError, translateExit } from './errors.ts';

const translate = (operation: string, stderr: string, code = 125) =>
  translateExit({ operation, file: '/usr/bin/podman', args: ['x'], exit: { code, signal: undefined, stderr } });

describe('translateExit', () => {
  // Words of podman 4.3.1 and 5.8.6.
  const table: readonly (readonly [string, string, string, number?])[] = [
    ['stop', 'CONTAINER_NOT_FOUND', 'Error: no container with name or ID "ff" found: no such container'],
    ['remove', 'CONTAINER_NOT_FOUND', 'Error: no container with ID or name "ff" found: no such container', 1],
    ['inspect', 'CONTAINER_NOT_FOUND', 'Error: inspecting object: no such container ff'],
    ['volumes', 'VOLUME_NOT_FOUND', 'Error: inspecting object: no such volume v'],
    ['volumes.create', 'CONFLICT', 'Error: volume with name v already exists: volume already exists'],
    [
      'volumes.remove',
      'IN_USE',
      'Error: volume v is being used by the following container(s): 78: volume is being used',
      2,
    ],
    [
      'create',
      'CONFLICT',
      'Error: creating container storage: the container name "a" is already in use by 5c. You have to remove that container to be able to reuse that name: that name is already in use, or use --replace to instruct Podman to do so.',
    ],
    ['create', 'IMAGE_NOT_FOUND', 'Error: localhost/fairlead/none:x: image not known'],
    ['create', 'MOUNT_SOURCE_MISSING', 'Error: statfs /nope: no such file or directory'],
    [
      'pull',
      'IMAGE_NOT_FOUND',
      'Error: initializing source docker://h/x:y: reading manifest y in h/x: manifest unknown: manifest unknown',
    ],
    [
      'pull',
      'UNAVAILABLE',
      'Error: pinging container registry h: Get "https://h/v2/": dial tcp: connect: connection refused',
    ],
    ['pull', 'ACCESS_DENIED', 'Error: reading manifest y in h/x: unauthorized: authentication required'],
    ['load', 'CORRUPT_IMAGE', 'Error: payload does not match any of the supported image formats:\n * oci: no'],
    ['load', 'CONFLICT', 'Error: payload does not match any:\n * docker-archive: layer not known\n * dir: no'],
    ['create', 'ENGINE_FAILURE', 'Error: layer not known'],
    ['kill', 'INVALID_SPEC', 'Error: invalid signal: SIGNOPE'],
    ['exec', 'CONFLICT', 'Error: can only create exec sessions on running containers: container state improper', 255],
    [
      'start',
      'START_FAILED',
      'Error: unable to start container "9c": crun: executable file `nope` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
    ],
    [
      'start',
      'START_FAILED',
      'Error: unable to start container "5f": unable to find user nosuch: no matching entries in passwd file',
    ],
    ['start', 'CONTAINER_NOT_FOUND', 'Error: no container with name or ID "ff" found: no such container'],
    ['playKube', 'CONFLICT', 'Error: adding pod to state: name "p" is in use: pod already exists'],
    [
      'playKube',
      'MOUNT_SOURCE_MISSING',
      'Error: failed to create volume "h": in parsing HostPath in YAML: faccessat /x: no such file or directory',
    ],
    ['list', 'ENGINE_FAILURE', 'Error: something new'],
    ['list', 'ENGINE_FAILURE', ''],
  ];
  for (const [operation, code, stderr, exit] of table) {
    it(`tells ${operation}: ${stderr.slice(7, 60) || 'nothing'} as ${code} (C157)`, () => {
      const error = translate(operation, stderr, exit);
      assert.equal(error.code, code);
      assert.equal(error.operation, operation);
      assert.ok(error.message.startsWith(`podman-kube ${operation}: `));
    });
  }

  it('says what to do about a command that is not in the image', () => {
    const error = translate('start', 'Error: crun: OCI runtime attempted to invoke a command that was not found');
    assert.match(error.hint ?? '', /must be in the image/);
  });
});

describe('lastError', () => {
  it('takes the last line that says so, past warnings and retries (C158)', () => {
    const stderr =
      'time="x" level=warning msg="Failed, retrying in 1s ... (1/3). Error: a"\nError: first\nError: inspecting object: last\n';
    assert.equal(lastError(stderr), 'last');
  });

  it('is empty for warnings alone (H10)', () => {
    assert.equal(lastError('time="x" level=warning msg="cgroups-v1"\n'), '');
  });
});
