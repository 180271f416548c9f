import { join } from 'node:path';

import type { Endpoint } from './endpoints.ts';
import type { LabPaths } from './paths.ts';
import type { Root } from './root/root.ts';
import { targets, type Target } from './targets.ts';
import { labUser } from './machine/user.ts';

/** Inside the machines: every program but the engines. */
const toolsPath = '/opt/tools';
/** Inside the machines: every program. */
export const systemPath = '/usr/sbin:/usr/bin';
export const registryAddress = '127.0.0.1:5000';

/** Returns the endpoints of all targets whose engine the roots have. Pure: nothing is made. */
export function describeTargets(paths: LabPaths, roots: readonly Root[]): readonly Endpoint[] {
  return targets.flatMap((target) => {
    const version = roots.find((root) => root.suite === target.suite)?.versions[target.engine];
    return version ? [describe(paths, target, version)] : [];
  });
}

function describe(paths: LabPaths, target: Target, version: string): Endpoint {
  const uid = target.user === 'root' ? 0 : labUser.uid;
  return {
    ...target,
    version,
    uid,
    gid: uid,
    options:
      target.through === 'socket' ? { socketPath: socketOf(paths, target) } : { path: launcherOf(paths, target) },
    enter: [paths.enter, target.name],
    env: environmentOf(paths, target),
    cli: commandOf(paths, target),
    registry: registryAddress,
  };
}

function environmentOf(paths: LabPaths, target: Target): Readonly<Record<string, string>> {
  const own = (kind: string) => join(paths.share, kind, target.name);
  const root = target.user === 'root';
  const socket = `unix://${socketOf(paths, target)}`;
  return {
    PATH: target.through === 'program' ? `${own('bin')}:${toolsPath}` : toolsPath,
    HOME: root ? '/home/root' : labUser.home,
    USER: root ? 'root' : labUser.name,
    LOGNAME: root ? 'root' : labUser.name,
    LANG: 'C.UTF-8',
    ...(!root && { XDG_RUNTIME_DIR: `/run/user/${labUser.uid}` }),
    XDG_STATE_HOME: own('state'),
    FAIRLEAD_WORK_DIR: own('work'),
    TMPDIR: own('tmp'),
    ...(target.through === 'socket' && { [target.engine === 'docker' ? 'DOCKER_HOST' : 'CONTAINER_HOST']: socket }),
  };
}

function commandOf(paths: LabPaths, target: Target): readonly [string, ...string[]] {
  if (target.engine === 'docker') return ['/usr/bin/docker', '--host', `unix://${socketOf(paths, target)}`];
  // With CONTAINER_HOST podman would ask the service instead of looking itself.
  return ['/usr/bin/env', '-u', 'CONTAINER_HOST', launcherOf(paths, target)];
}

/** The socket of a target's store; two doors to one store have one socket. */
export function socketOf(paths: LabPaths, target: Pick<Target, 'store'>): string {
  return join(paths.share, 'sock', `${target.store}.sock`);
}

/** The script that is all of a target's engine that its PATH leads to. */
export function launcherOf(paths: LabPaths, target: Pick<Target, 'name' | 'engine'>): string {
  return join(paths.share, 'bin', target.name, target.engine);
}
