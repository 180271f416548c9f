import { describe, expect, it } from 'vitest';
import { fakeEngine, frame, never, type Answer, type SeenRequest } from './__fixtures__/fake-engine.ts';
import { execBody, execInContainer } from './exec.ts';

const request = { command: ['run', '-x', '$HOME'], env: { A: '1=2' }, workdir: '/w', user: 'app' };
const mark = { name: 'MARK', value: 'mark' };
const plain = { command: ['run'], env: {}, workdir: undefined, user: undefined };

/** An engine with one exec: its output, and what inspect tells at each look. */
function engineWith(
  output: Answer,
  looks: readonly object[] = [{ Running: false, ExitCode: 0 }],
): (request: SeenRequest) => Answer | undefined {
  let look = 0;
  return ({ route }) => {
    if (route === 'POST /containers/c/exec') return { status: 201, json: { Id: 'e' } };
    if (route === 'POST /exec/e/start') return output;
    if (route !== 'GET /exec/e/json') return undefined;
    return { json: looks[Math.min((look += 1), looks.length) - 1] };
  };
}

describe('execBody', () => {
  it('always attaches both streams (C64, C67), and sends words as they are', () => {
    expect(execBody(request, mark)).toEqual({
      AttachStdin: false,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
      Cmd: ['run', '-x', '$HOME'],
      Env: ['A=1=2', 'MARK=mark'],
      WorkingDir: '/w',
      User: 'app',
    });
    expect(execBody(plain, mark)).not.toHaveProperty('User');
    expect(execBody(plain, mark)).not.toHaveProperty('WorkingDir');
  });
});

describe('execInContainer', () => {
  it('gives the streams apart and then the code, which it reads when nothing runs any more (C66)', async () => {
    const output = { bytes: Buffer.concat([frame('stdout', 'out'), frame('stderr', 'err')]) };
    const looks = [
      { Running: true, ExitCode: 0 },
      { Running: true, ExitCode: null },
      { Running: false, ExitCode: 5 },
    ];
    await using engine = await fakeEngine(engineWith(output, looks));
    const exec = await execInContainer(engine.client, 'c', plain, never());
    const text: Record<string, string> = {};
    for await (const { stream, bytes } of exec.output)
      text[stream] = (text[stream] ?? '') + Buffer.from(bytes).toString();
    expect(text).toEqual({ stdout: 'out', stderr: 'err' });
    expect(await exec.exit()).toBe(5);
    expect(JSON.parse(String(engine.seen[1]?.body))).toEqual({ Detach: false, Tty: false });
  });

  it.each([
    [126, 'OCI runtime exec failed: exec failed: exec: "x": executable file not found in $PATH: unknown\r\n', 127],
    [126, 'OCI runtime exec failed: exec failed: exec: "/etc": permission denied: unknown\r\n', 126],
    [126, 'the command itself said 126', 126],
    [127, 'OCI runtime exec failed: x', 127],
  ])('makes one code of what engines say of a command that is not there (%i, C63)', async (ExitCode, words, code) => {
    await using engine = await fakeEngine(
      engineWith({ bytes: frame('stdout', words) }, [{ Running: false, ExitCode }]),
    );
    const exec = await execInContainer(engine.client, 'c', plain, never());
    for await (const chunk of exec.output) expect(chunk.stream).toBe('stdout');
    expect(await exec.exit()).toBe(code);
  });

  it('makes one error of an unknown user, wherever the engine tells it (C64)', async () => {
    const words = 'unable to find user ghost: no matching entries in passwd file';
    await using old = await fakeEngine(
      engineWith({ bytes: frame('stdout', `${words}\r\n`) }, [{ Running: false, ExitCode: 126 }]),
    );
    const exec = await execInContainer(old.client, 'c', { ...plain, user: 'ghost' }, never());
    for await (const chunk of exec.output) expect(chunk.stream).toBe('stdout');
    await expect(exec.exit()).rejects.toMatchObject({
      code: 'INVALID_SPEC',
      message: expect.stringContaining('ghost'),
    });
    await using recent = await fakeEngine(() => ({ status: 400, json: { message: words } }));
    const refused = execInContainer(recent.client, 'c', { ...plain, user: 'ghost' }, never());
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_SPEC' });
  });

  it('rejects with CONFLICT for a container that does not run', async () => {
    await using engine = await fakeEngine(() => ({ status: 409, json: { message: 'container c is not running' } }));
    await expect(execInContainer(engine.client, 'c', plain, never())).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('says that the code is lost when the engine knows the exec no more (L33)', async () => {
    const known = engineWith({ bytes: frame('stdout', 'x') });
    await using engine = await fakeEngine((asked) =>
      asked.route === 'GET /exec/e/json'
        ? { status: 404, json: { message: 'No such exec instance: e' } }
        : known(asked),
    );
    const exec = await execInContainer(engine.client, 'c', plain, never());
    for await (const chunk of exec.output) expect(chunk.bytes).toHaveLength(1);
    await expect(exec.exit()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('kills what it started when it is cancelled, as the same user and by its mark, and rejects with the reason', async () => {
    const bodies: { readonly Env: readonly string[] }[] = [];
    await using engine = await fakeEngine(({ route, body }) => {
      if (route === 'POST /containers/c/exec') {
        bodies.push(JSON.parse(String(body)));
        return { status: 201, json: { Id: `e${bodies.length}` } };
      }
      if (route === 'POST /exec/e1/start')
        return (response) => void response.writeHead(200).write(frame('stdout', 'begun'));
      if (route === 'POST /exec/e2/start') return {};
      return { json: { Running: route === 'GET /exec/e1/json', ExitCode: 0 } };
    });
    const reason = new Error('enough');
    const cancelled = new AbortController();
    const exec = await execInContainer(engine.client, 'c', request, cancelled);
    const reading = (async (): Promise<void> => {
      for await (const chunk of exec.output) if (chunk.bytes.length > 0) cancelled.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
    const [first, second] = bodies;
    const carried = first?.Env.find((entry) => entry.startsWith('FAIRLEAD_EXEC='));
    expect(carried).toMatch(/=[0-9a-f]{32}$/);
    expect(second).toMatchObject({
      User: 'app',
      Env: [],
      Cmd: ['/bin/sh', '-c', expect.stringContaining('kill -KILL'), 'sh', carried],
    });
  });

  it.each([
    ['Docker', undefined, null],
    ['Podman', '5.8.6', 0],
  ])('is killed on %s when it comes to run only after it was cancelled', async (_, podman, before) => {
    const cancelled = new AbortController();
    const reason = new Error('enough');
    let execs = 0;
    let looks = 0;
    await using engine = await fakeEngine(
      ({ route }) => {
        if (route === 'POST /containers/c/exec') return { status: 201, json: { Id: `e${(execs += 1)}` } };
        // The engine has the start, and the caller leaves before it answers.
        if (route === 'POST /exec/e1/start') return () => cancelled.abort(reason);
        if (route === 'POST /exec/e2/start') return {};
        if (route === 'GET /exec/e2/json') return { json: { Running: false, ExitCode: 0 } };
        return { json: (looks += 1) < 3 ? { Running: false, ExitCode: before } : { Running: true, ExitCode: before } };
      },
      podman === undefined ? {} : { podman },
    );
    await expect(execInContainer(engine.client, 'c', plain, cancelled)).rejects.toBe(reason);
    expect(engine.routes).toContain('POST /exec/e2/start');
  });

  it('kills nothing when it is cancelled after the end', async () => {
    await using engine = await fakeEngine(engineWith({ bytes: frame('stdout', 'x') }));
    const cancelled = new AbortController();
    const exec = await execInContainer(engine.client, 'c', plain, cancelled);
    for await (const chunk of exec.output) expect(chunk.bytes).toHaveLength(1);
    expect(await exec.exit()).toBe(0);
    const before = engine.seen.length;
    cancelled.abort(new Error('late'));
    await expect.poll(() => engine.seen.length).toBeGreaterThan(before);
    expect(engine.routes.filter((route) => route === 'POST /containers/c/exec')).toHaveLength(1);
  });
});
