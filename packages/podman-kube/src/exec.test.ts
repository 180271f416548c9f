import assert from 'node:assert/strict';
import { describe, it, vi } from 'vitest';
import { FairleadError } from '@fairlead/core';
import { fakePodman } from './__fixtures__/fake-podman.ts';
import { execArgs, execInContainer } from './exec.ts';
import { openPodmanCli } from './podman-cli.ts';

const call = { signal: new AbortController().signal };
const id = 'a'.repeat(64);
const plain = { env: {}, workdir: undefined, user: undefined };
const running = (status: string) => ({
  match: 'inspect',
  stdout: JSON.stringify([{ Id: id, Name: 'n', Created: 't', Config: {}, State: { Status: status } }]),
});

describe('execInContainer', () => {
  it('puts the command behind the container, where nothing is taken for an option, and no value into arguments', () => {
    const request = { command: ['-x', '--env=A'], env: { A: 'secret', B: 'a\nsecret' }, workdir: '/w', user: '1:2' };
    assert.deepEqual(execArgs(id, request), [
      'exec',
      '--env-file=/dev/stdin',
      '--env=B',
      '--workdir=/w',
      '--user=1:2',
      id,
      '-x',
      '--env=A',
    ]);
  });

  it('gives output and code', async () => {
    using podman = fakePodman([running('running'), { match: 'exec', code: 7, stdout: 'out', stderr: 'err' }]);
    const cli = openPodmanCli({ command: podman.command });
    const started = await execInContainer(cli, { id, request: { ...plain, command: ['x'], env: { A: 'b' } } }, call);
    const got = { stdout: '', stderr: '' };
    for await (const { stream, bytes } of started.output) got[stream] += Buffer.from(bytes).toString();
    assert.deepEqual([got, await started.exit()], [{ stdout: 'out', stderr: 'err' }, 7]);
    assert.equal(podman.calls()[1]?.stdin, 'A=b\n');
  });

  it('kills the command inside when it is cancelled, as the same user and by its mark', async () => {
    const request = { ...plain, user: 'app', command: ['wait'] };
    using podman = fakePodman([running('running'), { match: 'wait', sleepMs: 60_000 }]);
    const cancelled = new AbortController();
    const reason = new Error('enough');
    const started = await execInContainer(openPodmanCli({ command: podman.command }), { id, request }, cancelled);
    const reading = (async () => {
      for await (const { stream } of started.output) assert.fail(stream);
    })();
    await vi.waitFor(() => assert.equal(podman.calls().length, 2), { timeout: 10_000 });
    cancelled.abort(reason);
    await assert.rejects(reading, (error) => error === reason);
    const [, first = [], second = []] = podman.calls().map(({ args }) => args);
    const mark = /--env=(FAIRLEAD_EXEC=[0-9a-f]{32})/.exec(first.join(' '))?.[1];
    assert.ok(mark !== undefined && second.at(-1) === mark, second.join(' '));
    assert.ok(second.includes('--user=app') && !second.some((argument) => argument.startsWith('--env')));
    assert.match(second.join(' '), /kill -KILL/);
  });

  it('refuses in what is not running, in what is gone, and variables that cannot be passed', async () => {
    const cases = [
      [running('exited'), {}, 'CONFLICT'],
      [running('created'), {}, 'CONFLICT'],
      [
        { match: 'inspect', code: 125, stdout: '[]', stderr: 'Error: no such container a\n' },
        {},
        'CONTAINER_NOT_FOUND',
      ],
      [running('running'), { PATH: 'a\nb' }, 'UNSUPPORTED'],
    ] as const;
    for (const [answer, env, code] of cases) {
      using podman = fakePodman([answer]);
      const cli = openPodmanCli({ command: podman.command });
      await assert.rejects(execInContainer(cli, { id, request: { ...plain, env, command: ['x'] } }, call), (error) =>
        FairleadError.is(error, code),
      );
      assert.ok(!podman.calls().some(({ args }) => args.includes('exec')));
    }
  });

  it('tells a user that is not there (C64), and a podman that was ended from outside', async () => {
    const unknown = {
      match: 'exec',
      code: 255,
      stderr: 'Error: unable to find user no: no matching entries in passwd file\n',
    };
    const cases = [
      [unknown, 'INVALID_SPEC'],
      [{ match: 'exec', signal: 'SIGKILL' }, 'CONNECTION_LOST'],
    ] as const;
    for (const [answer, code] of cases) {
      using podman = fakePodman([running('running'), answer]);
      const cli = openPodmanCli({ command: podman.command });
      const started = await execInContainer(cli, { id, request: { ...plain, user: 'no', command: ['x'] } }, call);
      for await (const { stream } of started.output) assert.equal(stream, 'stderr');
      await assert.rejects(started.exit(), (error) => FairleadError.is(error, code));
    }
  });
});
