import { execFile } from 'node:child_process';
import type { Endpoint } from '@fairlead/lab';
import type { RunCase } from './run-cases.ts';
import type { RunResult } from './run-report.ts';

/** Flags under which Apptainer does what an engine does by itself: nothing of the host's is seen. */
const isolated = ['--containall', '--cleanenv', '--no-home', '--pwd', '/', '--net', '--network', 'none'];

/** Runs a SIF with Apptainer itself. */
export function apptainerRun(
  endpoint: Endpoint,
  file: string,
  { command = [], env = {}, apptainer, evaluated = false }: RunCase,
): Promise<RunResult> {
  const settings = apptainer ?? Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const exact = evaluated ? [] : ['--no-eval'];
  return apptainerCommand(endpoint, ['run', ...isolated, ...exact, ...settings, file, ...command]);
}

/** Runs a script of the shell in a SIF with Apptainer itself. */
export function apptainerScript(
  endpoint: Endpoint,
  flags: readonly string[],
  file: string,
  script: string,
): Promise<RunResult> {
  return apptainerCommand(endpoint, ['exec', ...isolated, ...flags, file, '/bin/sh', '-c', script]);
}

function apptainerCommand({ enter, cli }: Endpoint, argv: readonly string[]): Promise<RunResult> {
  const [program, ...rest] = [...enter, ...cli, '--quiet', ...argv];
  return new Promise((resolve) => {
    execFile(program, rest, { encoding: 'utf8' }, (error, stdout, stderr) => {
      const exit = error === null ? '0' : String(error.code ?? error.signal);
      resolve({ exit, stdout, stderr });
    });
  });
}
