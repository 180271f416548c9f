import type { FairleadError, LogChunk } from '@fairlead/core';
import {
  comesToRun,
  createExecMark,
  demultiplex,
  killOnAbort,
  sleep,
  type BackendCall,
  type BackendExec,
  type BackendExecRequest,
  type ExecMark,
} from '@fairlead/core/backend';
import type { EngineClient } from './client.ts';
import { failure, translateRefusal } from './errors.ts';
import { parseExec, parseExecId, type ExecRecord } from './records.ts';

interface ExecBody {
  readonly AttachStdin: false;
  readonly AttachStdout: true;
  readonly AttachStderr: true;
  readonly Tty: false;
  readonly Cmd: readonly string[];
  readonly Env: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
}

/** The body of `POST /containers/{id}/exec`; always attached, as the code is sure then only (C64, C66, C67). */
export function execBody(
  { command, env, workdir, user }: BackendExecRequest,
  mark: Pick<ExecMark, 'name' | 'value'> | undefined,
): ExecBody {
  const variables = [...Object.entries(env), ...(mark === undefined ? [] : [[mark.name, mark.value]])];
  return {
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    Cmd: command,
    Env: variables.map(([name, value]) => `${name}=${value}`),
    ...(workdir === undefined ? {} : { WorkingDir: workdir }),
    ...(user === undefined ? {} : { User: user }),
  };
}

/** Runs a command in a running container; cancelled, it is killed inside. */
export async function execInContainer(
  client: EngineClient,
  id: string,
  request: BackendExecRequest,
  call: BackendCall,
): Promise<BackendExec> {
  const mark = createExecMark();
  const execId = await createExec(client, id, execBody(request, mark), call);
  let begun = false;
  const killer = killOnAbort(call, async (own) => {
    const runs = await comesToRun(() => lookAt(client, { execId, begun }, own), own);
    if (runs) await runKiller(client, id, { mark, request }, own);
  });
  const body = await startExec(client, execId, call).catch(async (error: unknown) => {
    await killer.done();
    throw error;
  });
  let said = '';
  const output = async function* (): AsyncGenerator<LogChunk> {
    try {
      for await (const chunk of demultiplex(body)) {
        begun = true;
        if (said.length < longestReason) said += Buffer.from(chunk.bytes.subarray(0, longestReason)).toString();
        yield chunk;
      }
      begun = true;
    } finally {
      await killer.done();
    }
  };
  const exit = async (): Promise<number> => {
    const code = await exitCode(client, execId, call);
    if (code !== 126) return code;
    if (unknownUser.test(said)) throw noUser(request.user);
    return notFound.test(said) ? 127 : code;
  };
  return { output: output(), exit };
}

/** Docker 20.10 tells an unknown user as output of a command that could not be run, others as a refusal (C64). */
const unknownUser = /unable to find user \S+: no matching entries in passwd file/;
/** Docker 20.10 has 126 for a command that is not there, others 127 (C63). */
const notFound = /^OCI runtime exec failed: .*(executable file not found|no such file or directory)/;
const longestReason = 500;

function noUser(user: string | undefined): FairleadError {
  return failure({
    code: 'INVALID_SPEC',
    operation: 'exec',
    message: `the container knows no user ${JSON.stringify(user)}`,
    hint: 'Give a user that is in the image, or a number.',
  });
}

async function createExec(client: EngineClient, id: string, body: ExecBody, { signal }: BackendCall): Promise<string> {
  const path = ['containers', id, 'exec'];
  return parseExecId(await client.json({ operation: 'exec', signal, method: 'POST', path, body }));
}

function startExec(client: EngineClient, execId: string, { signal }: BackendCall): Promise<AsyncIterable<Uint8Array>> {
  return client.stream({
    operation: 'exec',
    signal,
    method: 'POST',
    path: ['exec', execId, 'start'],
    body: { Detach: false, Tty: false },
  });
}

/** The code, once the engine says that the command has ended: its stream may end a little earlier (C66). */
async function exitCode(client: EngineClient, execId: string, { signal }: BackendCall): Promise<number> {
  for (let pause = 10; ; pause = Math.min(pause * 2, 500)) {
    const code = await ask(client, execId, signal);
    if (code !== 'running') return code;
    await sleep(pause, signal);
  }
}

async function ask(client: EngineClient, execId: string, signal: AbortSignal): Promise<number | 'running'> {
  const { running, exitCode: code } = await inspectExec(client, execId, signal);
  if (running) return 'running';
  if (code === undefined) throw codeLost();
  return code;
}

/** Before it has begun an exec has no code on Docker, and 0 on Podman, as one that ended well. */
async function lookAt(
  client: EngineClient,
  { execId, begun }: { readonly execId: string; readonly begun: boolean },
  { signal }: BackendCall,
): Promise<'running' | 'ended' | 'unknown'> {
  const { running, exitCode: code } = await inspectExec(client, execId, signal);
  if (running) return 'running';
  const { podman } = await client.identify(signal);
  return begun || (code !== undefined && (code !== 0 || podman === undefined)) ? 'ended' : 'unknown';
}

async function inspectExec(client: EngineClient, execId: string, signal: AbortSignal): Promise<ExecRecord> {
  return parseExec(
    await client.json({
      operation: 'exec',
      signal,
      method: 'GET',
      path: ['exec', execId, 'json'],
      // A restarted engine knows its execs no more, and with them their codes (L33).
      translate: (refused) => (refused.status === 404 ? codeLost() : translateRefusal(refused)),
    }),
  );
}

function codeLost(): FairleadError {
  return failure({
    code: 'CONNECTION_LOST',
    operation: 'exec',
    message: 'the engine no longer knows how the command ended',
    hint: 'It was restarted meanwhile; see in the container what the command did.',
  });
}

async function runKiller(
  client: EngineClient,
  id: string,
  { mark, request: { user } }: { readonly mark: ExecMark; readonly request: BackendExecRequest },
  call: BackendCall,
): Promise<void> {
  const body = execBody({ command: mark.killer, env: {}, workdir: undefined, user }, undefined);
  const killer = await createExec(client, id, body, call);
  for await (const bytes of await startExec(client, killer, call)) void bytes;
  await exitCode(client, killer, call);
}
