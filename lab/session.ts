import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readEndpoints, type Endpoints } from './endpoints.ts';
import { answers } from './machine/engines.ts';
import type { Machine } from './machine/enter.ts';
import { isRunning } from './machine/machine.ts';
import type { LabPaths } from './paths.ts';
import { rootFolder } from './root/root.ts';
import { suites } from './root/suites.ts';

/** What a start writes down for later commands that find the lab running. */
export interface Session {
  readonly machines: readonly Machine[];
  readonly checkout: string;
  readonly roots: readonly string[];
}

/** Writes down what runs. */
export async function writeSession(paths: LabPaths, session: Session): Promise<void> {
  await writeFile(sessionFile(paths), JSON.stringify(session));
}

/** Returns the endpoints of a lab that runs, serves this checkout, is of this checkout's making, and answers. */
export async function findRunning(paths: LabPaths): Promise<Endpoints | undefined> {
  const text = await readFile(sessionFile(paths), 'utf8').catch(() => undefined);
  const endpoints = await readEndpoints(paths.endpoints);
  if (text === undefined || endpoints === undefined) return undefined;
  // Only writeSession above writes this file.
  const session = JSON.parse(text) as Session;
  const wanted = await Promise.all(suites.map((suite) => rootFolder(paths, suite)));
  if (session.checkout !== paths.checkout || session.roots.join() !== wanted.join()) return undefined;
  const checks = await Promise.all([
    ...session.machines.map((machine) => isRunning(paths, machine)),
    ...endpoints.endpoints.map(({ options }) => ('socketPath' in options ? answers(options.socketPath) : true)),
  ]);
  return checks.every(Boolean) ? endpoints : undefined;
}

/** Marks the lab as in use, until `markUnused`; a mark that outlives its process tells of an unclean end. */
export async function markUsed(paths: LabPaths): Promise<void> {
  await mkdir(paths.run, { recursive: true });
  await writeFile(usedFile(paths), String(process.pid));
}

/** Takes the mark away. */
export async function markUnused(paths: LabPaths): Promise<void> {
  await rm(usedFile(paths), { force: true });
}

/** Tells whether the last user has ended without `markUnused`. To be asked by the holder of the lock. */
export async function endedUncleanly(paths: LabPaths): Promise<boolean> {
  return await readFile(usedFile(paths)).then(
    () => true,
    () => false,
  );
}

function sessionFile(paths: LabPaths): string {
  return join(paths.run, 'session.json');
}

function usedFile(paths: LabPaths): string {
  return join(paths.run, 'used-by');
}
