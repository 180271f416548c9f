import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Outcome, TargetReport } from '@fairlead/conformance';
import { placeEnvironment, type Place } from './place.ts';
import type { PlacedTarget } from './places.ts';

/** What became of a target: its report, or why there is none. */
export interface WorkerResult {
  readonly name: string;
  readonly report: TargetReport | undefined;
  /** Set where there is no report. */
  readonly problem: string | undefined;
  readonly milliseconds: number;
}

/** `version`: only the cases with that tag; `rest`: all others. */
export type Which = 'all' | 'version' | 'rest';

/** What to run. */
export interface WorkerOptions {
  readonly which: Which;
  /** Only the cases whose ids begin so; all, if there is none. */
  readonly cases: readonly string[];
  readonly onOutcome: (outcome: Outcome) => void;
}

type Said =
  | { readonly outcome: Outcome; readonly report?: undefined }
  | { readonly report: TargetReport; readonly outcome?: undefined };

/** Runs cases in a process that is where the target is, as its user. Never rejects. */
export async function runWorker(
  { place, enter }: PlacedTarget,
  { which, cases, onOutcome }: WorkerOptions,
): Promise<WorkerResult> {
  const started = performance.now();
  const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
  const node = [process.execPath, '--conditions=@fairlead/source', worker, which, ...cases];
  const [program = '', ...argv]: readonly string[] = [...enter, ...node];
  const child = spawn(program, argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...compileCache(place, enter), ...placeEnvironment(place) },
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(`the worker ended with ${code ?? signal}`));
  });
  let stderr = '';
  child.stderr.on('data', (piece: Buffer) => (stderr = (stderr + piece.toString()).slice(-4000)));
  let report: TargetReport | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const said = parse(line);
    if (said?.outcome !== undefined) onOutcome(said.outcome);
    if (said?.report !== undefined) ({ report } = said);
  }
  const end = await ended;
  const problem = report === undefined ? `${end}\n${stderr.trim()}` : undefined;
  return { name: place.name, report, problem, milliseconds: Math.round(performance.now() - started) };
}

/**
 * In a machine of the lab the sources are compiled once for a target: the many processes of its cases take half the
 * time to start. On a machine of somebody else nothing is kept.
 */
function compileCache({ name }: Place, enter: readonly string[]): Readonly<Record<string, string>> {
  return enter.length === 0 ? {} : { NODE_COMPILE_CACHE: `/tmp/node-compile-cache-${name}` };
}

/** A line of a worker, or undefined for one that something else wrote. */
function parse(line: string): Said | undefined {
  try {
    // Whatever is JSON here was written by `worker.ts`.
    return JSON.parse(line) as Said;
  } catch {
    process.stderr.write(`${line}\n`);
    return undefined;
  }
}
