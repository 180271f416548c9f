import { randomUUID } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';

import { command } from '../command.ts';
import { launcherOf } from '../describe-targets.ts';
import type { Endpoint } from '../endpoints.ts';
import type { LabPaths } from '../paths.ts';
import type { BuildWithApptainer } from './make-images.ts';

/** Builds SIF and sandbox in the lab: as the ordinary user, because as root it needs more than a lab may have. */
export function labApptainer(paths: LabPaths, endpoint: Endpoint): BuildWithApptainer {
  const scratch = join(paths.share, 'tmp', endpoint.name);
  const build = async (kind: readonly string[], archive: string, goal: string) => {
    // The folder of the images is root's, and Apptainer is not root here.
    const draft = join(scratch, randomUUID());
    await command([...endpoint.enter, launcherOf(paths, endpoint), ...buildArgv(kind, archive, draft)]);
    await rename(draft, goal);
  };
  return async (archive, { sif, sandbox }) => {
    await build([], archive, sif);
    await build(['--sandbox'], archive, sandbox);
  };
}

/** Builds SIF and sandbox with the machine's own Apptainer; `undefined` where it has none. */
export async function hostApptainer(): Promise<BuildWithApptainer | undefined> {
  const found = await command(['/bin/sh', '-c', 'command -v apptainer || true']);
  const program = found.trim();
  if (!program) return undefined;
  return async (archive, { sif, sandbox }) => {
    await command([program, ...buildArgv([], archive, sif)]);
    await command([program, ...buildArgv(['--sandbox'], archive, sandbox)]);
  };
}

// Two builds at a time spoil each other's cache: "conveyor failed to get: unexpected end of JSON input".
function buildArgv(kind: readonly string[], archive: string, goal: string): readonly string[] {
  return ['--quiet', 'build', '--disable-cache', ...kind, goal, `oci-archive:${archive}`];
}
