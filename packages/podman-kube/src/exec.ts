import type { LogChunk } from '@fairlead/core';
import {
  createExecMark,
  killOnAbort,
  sleep,
  type BackendCall,
  type BackendExec,
  type BackendExecRequest,
  type ExecMark,
} from '@fairlead/core/backend';
import { flag, positional, type CommandExit } from '@fairlead/subprocess';
import { toState } from './container-state.ts';
import { inspectRecords } from './containers.ts';
import { environmentArgs, openSecretFile, refuseEnvironment, splitEnvironment } from './environment.ts';
import { failure } from './errors.ts';
import { quiet, type PodmanCli } from './podman-cli.ts';

/** Time in milliseconds in which podman's own command is gone when it is cancelled. */
const longestEndMs = 2_500;

/**
 * Runs a command in a running container; cancelled, it is killed inside, once podman's own command is gone.
 * @throws FairleadError `CONTAINER_NOT_FOUND`, `CONFLICT` when it does not run, `UNSUPPORTED`
 */
export async function execInContainer(
  cli: PodmanCli,
  { id, request }: { readonly id: string; readonly request: BackendExecRequest },
  call: BackendCall,
): Promise<BackendExec> {
  requireEnvironment(request);
  await requireRunning(cli, id, call);
  const mark = createExecMark();
  const environment = splitEnvironment(request.env);
  using variables = openSecretFile(environment.file);
  const command = await cli.stream(
    {
      operation: 'exec',
      args: [quiet, ...execArgs(id, request, mark)],
      input: variables.input,
      env: environment.inherited,
    },
    call,
  );
  const over = command.exit().then(
    () => !call.signal.aborted,
    () => false,
  );
  const killer = killOnAbort(call, async (own) => {
    // It ends only when its output is read, which nobody may do.
    if (await Promise.race([over, sleep(longestEndMs, own.signal)])) return;
    const killing = { command: mark.killer, env: {}, workdir: undefined, user: request.user };
    await cli.ask({ operation: 'exec', args: [quiet, ...execArgs(id, killing)] }, own);
  });
  const output = async function* (): AsyncGenerator<LogChunk> {
    try {
      yield* command.output;
    } finally {
      await killer.done();
    }
  };
  return { output: output(), exit: async () => toCode(await command.exit(), request) };
}

/** The command's code: 126 and 127 for one that could not be run (C63), unless podman itself failed. */
function toCode({ code, signal, stderr }: CommandExit, { user }: BackendExecRequest): number {
  if (signal !== undefined) {
    throw failure({
      code: 'CONNECTION_LOST',
      operation: 'exec',
      message: `the podman command was ended by ${signal}; the command inside may go on`,
    });
  }
  // The words of podman 4.3 and 5.8, when they are all that there is (C64).
  if (user !== undefined && code > 124 && /^Error: unable to find (user|group) [^\n]*\n$/.test(stderr)) {
    throw failure({
      code: 'INVALID_SPEC',
      operation: 'exec',
      message: `the container has no user ${JSON.stringify(user)}`,
      hint: 'Give a user that is in the image, or a number.',
      details: { user },
    });
  }
  return code;
}

/** The arguments of `podman exec`. */
export function execArgs(
  id: string,
  { command, env, workdir, user }: BackendExecRequest,
  mark?: Pick<ExecMark, 'name' | 'value'>,
): readonly string[] {
  return [
    'exec',
    ...environmentArgs(splitEnvironment(env)),
    ...(mark === undefined ? [] : [flag('env', `${mark.name}=${mark.value}`)]),
    ...(workdir === undefined ? [] : [flag('workdir', workdir)]),
    ...(user === undefined ? [] : [flag('user', user)]),
    positional(id),
    ...command.map(positional),
  ];
}

async function requireRunning(cli: PodmanCli, id: string, call: BackendCall): Promise<void> {
  const [found] = await inspectRecords(cli, [id], call);
  if (found === undefined) {
    throw failure({ code: 'CONTAINER_NOT_FOUND', operation: 'exec', message: `no container has the id ${id}` });
  }
  const { phase } = toState(found);
  if (phase === 'running') return;
  throw failure({
    code: 'CONFLICT',
    operation: 'exec',
    message: `the container ${found.name} is not running (${phase})`,
    hint: 'A command can be run in a running container only.',
    details: { phase },
  });
}

function requireEnvironment({ env }: BackendExecRequest): void {
  const refused = refuseEnvironment(env);
  if (refused.length === 0) return;
  throw failure({
    code: 'UNSUPPORTED',
    operation: 'exec',
    message: refused.map(({ reason, hint }) => `${reason}; ${hint ?? ''}`).join('\n'),
    details: { refusals: refused },
  });
}
