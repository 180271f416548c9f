import { randomBytes } from 'node:crypto';
import type { FairleadError, LogChunk } from '@fairlead/core';
import {
  demultiplex,
  sleep,
  type BackendCall,
  type BackendExec,
  type BackendExecRequest,
} from '@fairlead/core/backend';
import type { EngineClient } from './client.ts';
import { failure, translateRefusal } from './errors.ts';
import { parseExec, parseExecId } from './records.ts';

/** Variable by which a command and its children are found when they are to be killed. */
export const execMark = 'FAIRLEAD_EXEC';
/** How long killing a cancelled command may take, in milliseconds. */
const killMs = 5_000;

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
export function execBody({ command, env, workdir, user }: BackendExecRequest, mark: string): ExecBody {
  return {
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    Cmd: command,
    Env: [...Object.entries(env).map(([name, value]) => `${name}=${value}`), `${execMark}=${mark}`],
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
  const mark = randomBytes(16).toString('hex');
  const execId = await createExec(client, id, execBody(request, mark), call);
  const killer = createKiller(client, { id, execId, mark, user: request.user }, call.signal);
  const body = await startExec(client, execId, call).catch(async (error: unknown) => {
    await killer.done();
    throw error;
  });
  let said = '';
  const output = async function* (): AsyncGenerator<LogChunk> {
    try {
      for await (const chunk of demultiplex(body)) {
        if (said.length < longestReason) said += Buffer.from(chunk.bytes.subarray(0, longestReason)).toString();
        yield chunk;
      }
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
  const { running, exitCode: code } = parseExec(
    await client.json({
      operation: 'exec',
      signal,
      method: 'GET',
      path: ['exec', execId, 'json'],
      // A restarted engine knows its execs no more, and with them their codes (L33).
      translate: (refused) => (refused.status === 404 ? codeLost() : translateRefusal(refused)),
    }),
  );
  if (running) return 'running';
  if (code === undefined) throw codeLost();
  return code;
}

function codeLost(): FairleadError {
  return failure({
    code: 'CONNECTION_LOST',
    operation: 'exec',
    message: 'the engine no longer knows how the command ended',
    hint: 'It was restarted meanwhile; see in the container what the command did.',
  });
}

interface Marked {
  readonly id: string;
  readonly execId: string;
  readonly mark: string;
  readonly user: string | undefined;
}

/** Kills what carries the mark when the signal is aborted; `done` waits until that has been tried. */
function createKiller(client: EngineClient, marked: Marked, signal: AbortSignal): { done(): Promise<void> } {
  let killing: Promise<void> | undefined;
  const kill = (): void => {
    killing ??= killMarked(client, marked).catch(() => undefined); // told in the probe's notes: needs a shell
  };
  signal.addEventListener('abort', kill, { once: true });
  return {
    async done() {
      if (signal.aborted) kill();
      await killing;
    },
  };
}

/** Children may be made while it looks, so it looks until it finds nothing, five times at most. */
const killScript = `
for round in 1 2 3 4 5; do
  found=
  for file in /proc/[0-9]*/environ; do
    case "$(cat "$file" 2>/dev/null)" in
      *"$1"*) pid="\${file#/proc/}"; kill -KILL "\${pid%/environ}" && found=1 ;;
    esac
  done
  [ -z "$found" ] && exit 0
done`;

async function killMarked(client: EngineClient, { id, execId, mark, user }: Marked): Promise<void> {
  const call = { signal: AbortSignal.timeout(killMs) };
  if ((await ask(client, execId, call.signal)) !== 'running') return;
  // As the same user: root in a container may not look into the environments of others.
  const command = ['/bin/sh', '-c', killScript, 'sh', `${execMark}=${mark}`];
  const body = execBody({ command, env: {}, workdir: undefined, user }, 'killer');
  const killer = await createExec(client, id, body, call);
  const output = await startExec(client, killer, call);
  for await (const bytes of output) void bytes;
  await exitCode(client, killer, call);
}
