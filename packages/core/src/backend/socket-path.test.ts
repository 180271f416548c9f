import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainDialError, inspectSocket, parseSocketPath, toSocketError, type SocketProblem } from './socket-path.ts';

function problemOf(value: string): SocketProblem {
  const parsed = parseSocketPath(value);
  if ('problem' in parsed) return parsed.problem;
  throw new Error(`${value} was taken for a path`);
}

describe('parseSocketPath', () => {
  it.each(['/run/engine.sock', 'unix:///run/engine.sock'])('takes %s', (value) => {
    expect(parseSocketPath(value)).toEqual({ path: '/run/engine.sock' });
  });

  it.each([
    ['tcp://127.0.0.1:2375', 'tcp:// address'],
    ['ssh://user@host', 'ssh:// address'],
    ['unix://host/run/engine.sock', 'names a host'],
    ['run/engine.sock', 'not absolute'],
    ['', 'not absolute'],
    ['/nul\0', 'zero byte'],
    [`/${'x'.repeat(107)}`, '108 bytes'],
  ])('refuses %j with an error of its own that names the value (B11)', (value, words) => {
    const problem = problemOf(value);
    expect(problem.code).toBe('INVALID_SPEC');
    expect(problem.reason).toContain(words);
    expect(problem.reason).toContain(JSON.stringify(value));
    expect(problem.hint).not.toBe('');
  });
});

describe('inspectSocket', () => {
  let folder = '';
  let server: Server;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-socket-'));
    server = createServer();
    server.listen(join(folder, 'engine.sock'));
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  it('finds nothing wrong with a socket', async () => {
    expect(await inspectSocket(join(folder, 'engine.sock'))).toBeUndefined();
  });

  it('tells a directory (H16), a file and a missing path apart, and makes none of them (B10)', async () => {
    await mkdir(join(folder, 'directory'));
    await writeFile(join(folder, 'file'), '');
    const directory = await inspectSocket(join(folder, 'directory'));
    const file = await inspectSocket(join(folder, 'file'));
    const missing = await inspectSocket(join(folder, 'missing', 'engine.sock'));
    expect(directory).toMatchObject({
      code: 'INVALID_SPEC',
      reason: expect.stringContaining('is a directory'),
    });
    expect(file).toMatchObject({ code: 'INVALID_SPEC', reason: expect.stringContaining('is a file') });
    expect(missing).toMatchObject({
      code: 'UNAVAILABLE',
      reason: expect.stringContaining('there is no socket'),
    });
    expect(await inspectSocket(join(folder, 'missing', 'engine.sock'))).toEqual(missing);
  });

  it('tells that a file below a file is no socket', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await inspectSocket(join(folder, 'file', 'engine.sock'))).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('names the file and the uid where permission is missing', async () => {
    const path = join(folder, 'engine.sock');
    await chmod(path, 0o444);
    const denied = await explainDialError(path, Object.assign(new Error('denied'), { code: 'EACCES' }));
    expect(denied.code).toBe('ACCESS_DENIED');
    expect(denied.reason).toContain(path);
    expect(denied.reason).toContain(`uid ${process.getuid?.()}`);
  });

  it('explains a refused connection by a socket that nobody listens at (L26)', async () => {
    const path = join(folder, 'engine.sock');
    const refused = await explainDialError(path, Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    expect(refused).toMatchObject({ code: 'UNAVAILABLE', reason: expect.stringContaining('nobody listens') });
  });

  it('explains a refused connection by the directory that is there instead', async () => {
    const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    expect((await explainDialError(folder, refused)).reason).toContain('is a directory');
  });

  it('keeps the code of an error that it does not know', async () => {
    const path = join(folder, 'engine.sock');
    const odd = await explainDialError(path, Object.assign(new Error('odd'), { code: 'EMFILE' }));
    expect(odd.reason).toContain('EMFILE');
  });

  it('becomes an error that keeps code, reason and hint', () => {
    const problem = problemOf('relative');
    const error = toSocketError(problem, { backend: 'acme', operation: 'connect' });
    expect(error).toMatchObject({
      code: 'INVALID_SPEC',
      backend: 'acme',
      retryable: 'no',
      hint: problem.hint,
    });
    expect(error.message).toContain(problem.reason);
  });
});
