import { lstat, mkdir, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStartTime, type BackendCall } from '@fairlead/core/backend';
import { csvRecord, flag, runCommand } from '@fairlead/subprocess';
import { trialArgv, type SupervisionMode, type SupervisorTools } from '@fairlead/subprocess/supervisor';
import { answerInTime } from './answer-in-time.ts';
import { isolationArgs } from './create-args.ts';
import { engineEnvironment } from './engine-environment.ts';
import { scriptTarget, witnessTarget } from './environment.ts';
import { fatalLine } from './errors.ts';
import { forceDelete, tryForceDelete } from './force-delete.ts';
import type { Tried } from './host-facts.ts';

/** An empty image and a witness, with which the engine can be tried without any image at hand. */
export interface TrialImage extends AsyncDisposable {
  /**
   * Runs the engine as a supervisor would, with these arguments, and tells whether it made the session.
   * @throws FairleadError `UNAVAILABLE` when it does not end
   */
  attempt(options: TrialOptions, call: BackendCall): Promise<Tried>;
}

/** What to try. */
export interface TrialOptions {
  readonly mode: SupervisionMode;
  readonly noNetwork?: boolean;
  readonly overlay?: boolean;
}

/** The engine that is tried. */
export interface TriedEngine {
  readonly command: string;
  readonly root: boolean;
  readonly tools: SupervisorTools;
}

const prefix = 'fairlead-trial-';

/** Makes the image in $TMPDIR, where overlays will be too. */
export async function openTrial(engine: TriedEngine): Promise<TrialImage> {
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-${readStartTime(process.pid) ?? ''}-`));
  // What the engine mounts, it must find in an image that it does not write to.
  for (const name of ['dev', 'proc', 'sys', 'tmp', 'etc'])
    await mkdir(join(folder, 'image', name), { recursive: true });
  await writeFile(join(folder, 'script'), `echo began >${witnessTarget}\n`);
  let attempts = 0;
  return {
    async attempt(options, call) {
      attempts += 1;
      const own = join(folder, String(attempts));
      await mkdir(join(own, 'overlay'), { recursive: true });
      await writeFile(join(own, 'witness'), '');
      const [file, ...args] = trialArgv({ ...engine, mode: options.mode }, [
        engine.command,
        ...attemptArgs(engine, folder, own, options),
      ]);
      const env = engineEnvironment(engine.command, own);
      const { stderr, code } = await answerInTime(
        `${engine.command} exec`,
        ({ signal }) => runCommand(file, args, { signal, env }),
        call,
      );
      if ((await readFile(join(own, 'witness'), 'utf8')) !== '') return { works: true };
      const said = stderr.trim().split('\n').at(-1);
      return { works: false, reason: fatalLine(stderr) ?? (said || `it ended with ${code}`) };
    },
    [Symbol.asyncDispose]: () => forceDelete(folder),
  };
}

/**
 * Removes this user's trial images whose process is gone. Of what lies in a folder that all may write to, nothing of
 * others is touched: neither could it be removed, nor could what is in it be trusted to be a trial. What cannot be removed
 * stays.
 */
export async function sweepTrials(uid: number | undefined = process.getuid?.()): Promise<readonly string[]> {
  const swept: string[] = [];
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    const [, pid, startTime] = /^fairlead-trial-(\d+)-(\d*)-/.exec(name) ?? [];
    if (pid === undefined || readStartTime(Number(pid)) === startTime) continue;
    const folder = join(tmpdir(), name);
    const found = await lstat(folder).catch(() => undefined);
    if (found?.isDirectory() !== true || found.uid !== uid) continue;
    if (await tryForceDelete(folder)) swept.push(folder);
  }
  return swept;
}

function attemptArgs(engine: TriedEngine, folder: string, own: string, options: TrialOptions): readonly string[] {
  const bind = (source: string, target: string): string =>
    flag('mount', csvRecord(['type=bind', `source=${source}`, `target=${target}`]));
  return [
    '-s',
    'exec',
    ...isolationArgs(engine.root),
    '--pwd=/',
    '--hostname=trial',
    ...(options.noNetwork === true ? ['--net', '--network=none'] : []),
    ...(options.overlay === true ? [flag('overlay', join(own, 'overlay'))] : []),
    bind(join(folder, 'script'), scriptTarget),
    bind(join(own, 'witness'), witnessTarget),
    join(folder, 'image'),
    '/absent',
  ];
}
