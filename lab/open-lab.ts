import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Endpoints } from './endpoints.ts';
import { whyNoEngines } from './host.ts';
import { hostApptainer } from './images/apptainer-images.ts';
import { ensureBusybox } from './images/busybox-file.ts';
import { makeImages } from './images/make-images.ts';
import type { TestImages } from './images/test-images.ts';
import { takeLock } from './lock.ts';
import { stopMachines } from './machine/machine.ts';
import { labPaths, type LabPaths } from './paths.ts';
import { endedUncleanly, findRunning, markUnused, markUsed } from './session.ts';
import { startLab } from './start-lab.ts';
import { say, step } from './steps.ts';

/** The engines to run against, for as long as it is not disposed. */
export type Lab = OwnLab | DiscoveredLab;

/** Engines in machines of the lab's own. */
export interface OwnLab extends Endpoints, AsyncDisposable {
  readonly kind: 'own';
  readonly paths: LabPaths;
  /** Whether disposing takes the engines down; a lab that was found running, or is to be kept, goes on. */
  readonly stops: boolean;
}

/** No engines of its own: there is what discovery finds on this machine. */
export interface DiscoveredLab extends AsyncDisposable {
  readonly kind: 'discovered';
  readonly paths: LabPaths;
  /** SIF and sandbox only where the machine has Apptainer. */
  readonly images: TestImages;
  /** Why the lab has no engines of its own. */
  readonly why: string;
}

export interface OpenLabOptions {
  /** Whether the lab stays when this process ends; by default where FAIRLEAD_LAB_KEEP is 1. */
  readonly keep?: boolean;
  /** How long to wait for another user of the lab, by default an hour. */
  readonly waitSeconds?: number;
  readonly environment?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the lab: brings it up, or takes one that runs. Disposing ends what this call has started, unless it is to be
 * kept; so does the end of this process, however it ends.
 */
export async function openLab(options: OpenLabOptions = {}): Promise<Lab> {
  const environment = options.environment ?? process.env;
  const paths = labPaths(environment);
  const why = await whyNoEngines(environment);
  const required = environment['FAIRLEAD_REQUIRE_ENGINES'] === 'all';
  if (why !== undefined && required) throw new Error(`lab: FAIRLEAD_REQUIRE_ENGINES=all, but ${why}`);
  if (why !== undefined) return await openDiscovered(paths, why);
  const keep = options.keep ?? environment['FAIRLEAD_LAB_KEEP'] === '1';
  const lock = await lockOf(paths, options);
  try {
    const found = keep || !(await endedUncleanly(paths)) ? await findRunning(paths) : undefined;
    if (found) say(`found running, with ${found.endpoints.length} targets`);
    await markUsed(paths);
    const endpoints = found ?? (await step('up', () => startLab(paths, { keep, signal: options.signal })));
    const lab = ownLab({ paths, endpoints, lock, stop: !found && !keep });
    if (required && lab.missing.length > 0) await refuse(lab);
    return lab;
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

async function refuse(lab: OwnLab): Promise<never> {
  await lab[Symbol.asyncDispose]();
  const reasons = lab.missing.map(({ name, why }) => `\n- ${name}: ${why}`);
  throw new Error(`lab: FAIRLEAD_REQUIRE_ENGINES=all, but these are missing:${reasons.join('')}`);
}

/** Stops a lab, whoever has started it, once its user has finished. */
export async function closeLab(options: OpenLabOptions = {}): Promise<void> {
  const paths = labPaths(options.environment);
  const lock = await lockOf(paths, options);
  try {
    await stop(paths);
  } finally {
    await lock[Symbol.asyncDispose]();
  }
}

function lockOf(paths: LabPaths, { waitSeconds = 3600, signal }: OpenLabOptions): Promise<AsyncDisposable> {
  return takeLock(paths.lock, { timeoutSeconds: waitSeconds, signal });
}

interface OwnLabParts {
  readonly paths: LabPaths;
  readonly endpoints: Endpoints;
  readonly lock: AsyncDisposable;
  readonly stop: boolean;
}

function ownLab({ paths, endpoints, lock, stop: stops }: OwnLabParts): OwnLab {
  let closing: Promise<void> | undefined;
  const close = async () => {
    for (const signal of endSignals) process.removeListener(signal, onSignal);
    if (stops) await stop(paths);
    await markUnused(paths);
    await lock[Symbol.asyncDispose]();
  };
  const dispose = () => (closing ??= close());
  // The kernel ends the machines with us; what it cannot do is remove their cgroups.
  const onSignal = (signal: NodeJS.Signals) => void dispose().finally(() => process.kill(process.pid, signal));
  for (const signal of endSignals) process.once(signal, onSignal);
  return { kind: 'own', paths, stops, ...endpoints, [Symbol.asyncDispose]: dispose };
}

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function stop(paths: LabPaths): Promise<void> {
  await step('down', async () => {
    await stopMachines(paths);
    await rm(paths.endpoints, { force: true });
    await markUnused(paths);
  });
}

async function openDiscovered(paths: LabPaths, why: string): Promise<DiscoveredLab> {
  say(`no engines of its own: ${why}; there are those that discovery finds`);
  const images = await step('test images', async () => {
    const busybox = await ensureBusybox(join(paths.folder, 'busybox'));
    return await makeImages({ folder: join(paths.folder, 'images'), busybox, build: await hostApptainer() });
  });
  return { kind: 'discovered', paths, images, why, [Symbol.asyncDispose]: async () => undefined };
}
