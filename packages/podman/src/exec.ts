import { FairleadError, type LogChunk } from '@fairlead/core';
import {
  comesToRun,
  createExecMark,
  demultiplex,
  killOnAbort,
  sleep,
  type BackendCall,
  type BackendExec,
  type BackendExecRequest,
} from '@fairlead/core/backend';
import type { LibpodClient } from './client.ts';
import { parseExec, parseExecId } from './records.ts';

/**
 * Runs a command inside a running container; cancelled, it is killed inside. It is never detached, because Podman 4
 * forgets the code then (C67), and never started twice (C69).
 * @throws FairleadError `CONFLICT` if the container does not run, `INVALID_SPEC` for an unknown user (C64)
 */
export async function startExec(
  client: LibpodClient,
  id: string,
  request: BackendExecRequest,
  call: BackendCall,
): Promise<BackendExec> {
  const mark = createExecMark();
  const { user } = request;
  const marked = { ...request, env: { ...request.env, [mark.name]: mark.value } };
  const execId = await createExec(client, id, marked, call);
  let begun = false;
  const killer = killOnAbort(call, async (own) => {
    if (!(await comesToRun(() => lookAt(client, { execId, begun }, own), own))) return;
    const killing = { command: mark.killer, env: {}, workdir: undefined, user };
    const killId = await createExec(client, id, killing, own);
    for await (const bytes of await attach(client, killId, own)) void bytes;
    await readExit(client, killId, own.signal);
  });
  const body = await attach(client, execId, call).catch(async (error: unknown) => {
    await killer.done();
    throw error;
  });
  const output = async function* (): AsyncGenerator<LogChunk> {
    try {
      for await (const chunk of demultiplex(body)) {
        begun = true;
        yield chunk;
      }
      begun = true;
    } finally {
      await killer.done();
    }
  };
  return { output: output(), exit: () => readExit(client, execId, call.signal) };
}

async function createExec(
  client: LibpodClient,
  id: string,
  { command, env, workdir, user }: BackendExecRequest,
  { signal }: BackendCall,
): Promise<string> {
  const created = await client.json({
    operation: 'exec',
    signal,
    method: 'POST',
    path: ['containers', id, 'exec'],
    body: {
      Cmd: command,
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...(workdir === undefined ? {} : { WorkingDir: workdir }),
      ...(user === undefined ? {} : { User: user }),
      AttachStdin: false,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
    },
  });
  return parseExecId(created);
}

function attach(client: LibpodClient, execId: string, { signal }: BackendCall): Promise<AsyncIterable<Uint8Array>> {
  const start = { method: 'POST', path: ['exec', execId, 'start'], body: { Detach: false, Tty: false } } as const;
  return client.stream({ operation: 'exec', signal, ...start });
}

/** The code, once the engine says that the command runs no more; before that it is told as 0 (C66). */
async function readExit(client: LibpodClient, execId: string, signal: AbortSignal): Promise<number> {
  for (let pause = 10; ; pause = Math.min(pause * 2, 500)) {
    const record = await readExec(client, execId, signal);
    if (!record.running) return record.exitCode;
    await sleep(pause, signal);
  }
}

/** Before it has begun an exec has the code 0, as one that ended well (C66). */
async function lookAt(
  client: LibpodClient,
  { execId, begun }: { readonly execId: string; readonly begun: boolean },
  { signal }: BackendCall,
): Promise<'running' | 'ended' | 'unknown'> {
  const { running, exitCode } = await readExec(client, execId, signal);
  if (running) return 'running';
  return begun || exitCode !== 0 ? 'ended' : 'unknown';
}

async function readExec(
  client: LibpodClient,
  execId: string,
  signal: AbortSignal,
): Promise<ReturnType<typeof parseExec>> {
  try {
    const request = { operation: 'exec', signal, method: 'GET', path: ['exec', execId, 'json'] } as const;
    return parseExec(await client.json(request));
  } catch (error) {
    if (!FairleadError.is(error, 'CONTAINER_NOT_FOUND')) throw error;
    // The engine forgets an exec with its container, which has been killed and removed then (C68).
    return { running: false, exitCode: 137 };
  }
}
