import assert from 'node:assert/strict';
import type { BackendExecRequest } from '@fairlead/core/backend';
import { describe, it } from 'vitest';
import { call, fakeLibpod, frames, idOf, type Answer, type SeenRequest } from './__fixtures__/fake-libpod.ts';
import { startExec } from './exec.ts';

const id = idOf('a');
const request: BackendExecRequest = {
  command: ['sh', '-c', 'exit 5'],
  env: { A: 'x=y', B: '' },
  workdir: undefined,
  user: undefined,
};

function service(looks: readonly Answer[]) {
  let look = 0;
  return ({ path }: SeenRequest): Answer | undefined => {
    if (path === `/containers/${id}/exec`) return { status: 201, json: { Id: 'e1' } };
    if (path === '/exec/e1/start') return (response) => response.writeHead(200).end(frames([1, 'out\n'], [2, 'err\n']));
    return path === '/exec/e1/json' ? looks[Math.min(look++, looks.length - 1)] : undefined;
  };
}

describe('startExec', () => {
  it('sends command and environment as lists and stays attached (C64, C67)', async () => {
    await using fake = await fakeLibpod(service([{ json: { Running: false, ExitCode: 5 } }]));
    const { output, exit } = await startExec(fake.client, id, { ...request, user: 'app', workdir: '/w' }, call());
    const pieces: string[] = [];
    for await (const { stream, bytes } of output) pieces.push(`${stream} ${Buffer.from(bytes).toString()}`);
    assert.deepEqual(pieces, ['stdout out\n', 'stderr err\n']);
    assert.equal(await exit(), 5);
    const [create, start] = fake.seen.map(({ body }) => (body === '' ? undefined : JSON.parse(body)));
    const { Env: variables, ...others } = create;
    assert.deepEqual(variables.slice(0, 2), ['A=x=y', 'B=']);
    assert.match(variables[2], /^FAIRLEAD_EXEC=[0-9a-f]{32}$/);
    assert.deepEqual(others, {
      Cmd: ['sh', '-c', 'exit 5'],
      WorkingDir: '/w',
      User: 'app',
      AttachStdin: false,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
    });
    assert.deepEqual(start, { Detach: false, Tty: false });
  });

  it('is killed when it is cancelled, as the same user and by its mark, and rejects with the reason', async () => {
    const bodies: { readonly Env: readonly string[]; readonly Cmd: readonly string[]; readonly User?: string }[] = [];
    await using fake = await fakeLibpod(({ path, body }) => {
      if (path === `/containers/${id}/exec`) {
        bodies.push(JSON.parse(body));
        return { status: 201, json: { Id: `e${bodies.length}` } };
      }
      if (path === '/exec/e1/start') return (response) => void response.writeHead(200).write(frames([1, 'begun\n']));
      if (path === '/exec/e2/start') return (response) => void response.writeHead(200).end();
      return { json: { Running: path === '/exec/e1/json', ExitCode: 0 } };
    });
    const cancelled = new AbortController();
    const reason = new Error('enough');
    const { output } = await startExec(fake.client, id, { ...request, user: 'app' }, cancelled);
    await assert.rejects(
      async () => {
        for await (const { bytes } of output) if (bytes.length > 0) cancelled.abort(reason);
      },
      (error) => error === reason,
    );
    const [first, second] = bodies;
    assert.equal(second?.Cmd.at(-1), first?.Env.at(-1));
    assert.deepEqual([second?.User, second?.Env], ['app', []]);
    assert.match(second?.Cmd.join(' ') ?? '', /kill -KILL/);
  });

  it('is killed when it comes to run only after it was cancelled', async () => {
    const cancelled = new AbortController();
    const reason = new Error('enough');
    let execs = 0;
    let looks = 0;
    await using fake = await fakeLibpod(({ path }) => {
      if (path === `/containers/${id}/exec`) return { status: 201, json: { Id: `e${(execs += 1)}` } };
      // The engine has the start, and the caller leaves before it answers.
      if (path === '/exec/e1/start') return () => cancelled.abort(reason);
      if (path === '/exec/e2/start') return (response) => void response.writeHead(200).end();
      if (path === '/exec/e2/json') return { json: { Running: false, ExitCode: 0 } };
      return { json: { Running: (looks += 1) >= 3, ExitCode: 0 } };
    });
    await assert.rejects(startExec(fake.client, id, request, cancelled), (error) => error === reason);
    assert.ok(fake.seen.some(({ path }) => path === '/exec/e2/start'));
  });

  it('takes the code only once it no longer runs: before, it is told as 0 (C66)', async () => {
    const running = { json: { Running: true, ExitCode: 0 } };
    await using fake = await fakeLibpod(service([running, running, { json: { Running: false, ExitCode: 9 } }]));
    assert.equal(await (await startExec(fake.client, id, request, call())).exit(), 9);
  });

  it('tells an exec that went with its container as killed (C68)', async () => {
    const gone = { status: 404, json: { cause: 'no such exec session', message: 'm' } };
    await using fake = await fakeLibpod(service([gone]));
    assert.equal(await (await startExec(fake.client, id, request, call())).exit(), 137);
  });

  it('says that the container does not run', async () => {
    const json = { cause: 'container state improper', message: 'can only create exec sessions on running containers' };
    await using fake = await fakeLibpod(() => ({ status: 500, json }));
    await assert.rejects(startExec(fake.client, id, request, call()), { code: 'CONFLICT' });
  });

  it('says that the user is unknown, which Podman finds at the start (C64)', async () => {
    const json = { cause: 'no matching entries in passwd file', message: 'unable to find user x' };
    await using fake = await fakeLibpod((seen) =>
      seen.path.endsWith('/start') ? { status: 500, json } : { status: 201, json: { Id: 'e1' } },
    );
    await assert.rejects(startExec(fake.client, id, request, call()), { code: 'INVALID_SPEC' });
  });
});
