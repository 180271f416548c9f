import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { labApptainer } from './images/apptainer-images.ts';
import { removeAbandonedCgroups } from './machine/cgroups.ts';
import { describeTargets } from './describe-targets.ts';
import { writeEndpoints, type Endpoint, type Endpoints, type Missing } from './endpoints.ts';
import { findHopeless, startEngines } from './machine/engines.ts';
import { writeEnter } from './machine/enter.ts';
import { writeLaunchers } from './machine/launchers.ts';
import { startMachine, stopMachines, type StartOptions } from './machine/machine.ts';
import { makeImages } from './images/make-images.ts';
import type { TestImages } from './images/test-images.ts';
import type { LabPaths } from './paths.ts';
import { ensureRoot, type Root } from './root/root.ts';
import { describeRichSite, describeSites } from './sites.ts';
import { writeSession } from './session.ts';
import { say, step } from './steps.ts';
import { suites } from './root/suites.ts';
import { wipeState } from './machine/wipe.ts';

export interface StartLabOptions extends StartOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Brings up every engine from whatever the last end has left, and says in `endpoints.json` where they are. */
export async function startLab(paths: LabPaths, options: StartLabOptions): Promise<Endpoints> {
  await step('what an earlier lab left is gone', async () => {
    await stopMachines(paths);
    await removeAbandonedCgroups();
  });
  const roots = await Promise.all(suites.map((suite) => ensureRoot(paths, suite, options.signal)));
  const described = describeTargets(paths, roots);
  const { mode } = await stat(paths.checkout);
  if ((mode & 0o005) !== 0o005) say(`the lab's ordinary user cannot read ${paths.checkout}: chmod o+rx it`);
  await wipeState(paths, roots, described);
  await writeLaunchers(paths, described);
  const machines = await step('machines entered', () =>
    Promise.all(roots.map((root) => startMachine(paths, root, options))),
  );
  await writeEnter(paths, machines, described);
  const hopeless = await findHopeless(described);
  const endpoints = without(described, hopeless);
  const [images, failed] = await Promise.all([
    step('test images', () => makeLabImages(paths, roots, endpoints)),
    startEngines(paths, machines, endpoints),
  ]);
  const missing = [...hopeless, ...failed];
  for (const { name, why } of missing) say(`${name} is missing: ${why}`);
  const running = without(endpoints, failed);
  const content: Endpoints = {
    schema: 2,
    share: paths.share,
    images,
    endpoints: running,
    sites: describeSites(running),
    rich: describeRichSite(running),
    missing,
  };
  await writeSession(paths, { machines, checkout: paths.checkout, roots: roots.map((root) => root.folder) });
  await writeEndpoints(paths.endpoints, content);
  return content;
}

async function makeLabImages(
  paths: LabPaths,
  roots: readonly Root[],
  endpoints: readonly Endpoint[],
): Promise<TestImages> {
  const apptainer = endpoints.find(({ engine, user }) => engine === 'apptainer' && user === 'ordinary');
  return await makeImages({
    folder: join(paths.share, 'images'),
    registry: join(paths.share, 'registry/data'),
    busybox: join(roots[0]?.folder ?? '', 'usr/bin/busybox'),
    build: apptainer && labApptainer(paths, apptainer),
  });
}

function without(endpoints: readonly Endpoint[], missing: readonly Missing[]): readonly Endpoint[] {
  return endpoints.filter(({ name }) => !missing.some((each) => each.name === name));
}
