import type { Mount, Refusal } from '@fairlead/core';
import type { CreatePlan, RunPlan } from '@fairlead/core/backend';
import { csvRecord, flag, positional } from '@fairlead/subprocess';
import { scriptTarget, witnessTarget } from './environment.ts';

/** Files and folders of one container on this host. */
export interface ContainerPaths {
  /** Runs inside before the command. */
  readonly script: string;
  /** Written inside when the session was made. */
  readonly witness: string;
  /** The container's /etc/hosts. */
  readonly hosts: string;
  /** Takes what is written to the rootfs. */
  readonly overlay: string;
  /** The container's /tmp. */
  readonly temporary: string;
}

/** What a command line is made of. */
export interface CreateArgsInput {
  readonly plan: CreatePlan;
  readonly paths: ContainerPaths;
  readonly root: boolean;
  /** The folder on this host in which a volume's files are. */
  readonly volumeFolder: (name: string) => string;
}

/** The arguments of the engine for one container: isolated, and silent but for its own failure (C166). */
export function createArgs(input: CreateArgsInput): readonly string[] {
  const { plan, paths, root } = input;
  const program = programOf(plan);
  return [
    '-s',
    program === undefined ? 'run' : 'exec',
    ...isolationArgs(root),
    flag('pwd', workdirOf(plan)),
    flag('hostname', plan.name),
    ...(plan.network.mode === 'host' ? [] : ['--net', '--network=none']),
    ...userArgs(plan.user),
    ...(plan.readOnlyRootfs ? [] : [flag('overlay', paths.overlay)]),
    ...mountArgs(input),
    positional(plan.ensured.id),
    ...(program ?? []).map(positional),
    ...(plan.command ?? []).map(positional),
  ];
}

/**
 * What is run in place of the image's runscript; undefined where that is. A runscript made of an OCI image takes that
 * image's command for its arguments where it gets none: to give it none, its entrypoint is run itself.
 */
export function programOf(plan: RunPlan): readonly string[] | undefined {
  return plan.entrypoint ?? (dropsImageCommand(plan) ? plan.imageConfig?.entrypoint : undefined);
}

/** Whether the plan says `command: []` for an image that has a command. */
export function dropsImageCommand({ entrypoint, command, imageConfig }: RunPlan): boolean {
  return entrypoint === undefined && command?.length === 0 && (imageConfig?.command ?? []).length > 0;
}

/** What keeps the host out of every container; root keeps no capability (S19). */
export function isolationArgs(root: boolean): readonly string[] {
  const flags = ['--containall', '--cleanenv', '--no-eval', '--no-home', '--no-mount=tmp,hostfs,bind-paths'];
  return root ? ['--no-privs', ...flags] : flags;
}

/** The folder in which the command starts. */
export function workdirOf(plan: RunPlan): string {
  return plan.workdir ?? (plan.imageConfig?.workdir || '/');
}

/** A user by numbers; undefined for a name, which this engine cannot look up in the image (C175). */
export function parseUser(user: string): { readonly uid: number; readonly gid: number | undefined } | undefined {
  const match = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(user);
  if (match === null) return undefined;
  return { uid: Number(match[1]), gid: match[2] === undefined ? undefined : Number(match[2]) };
}

/** Values and combinations of mounts that this engine cannot honour. */
export function refuseMounts(plan: RunPlan, root: boolean): readonly Refusal[] {
  const key = 'mounts.tmpfs';
  return plan.mounts.flatMap((mount): readonly Refusal[] => {
    if (mount.type !== 'tmpfs') return [];
    const { target } = mount;
    if (/[,"\r\n]/.test(target))
      return [{ key, reason: `the engine splits the target ${JSON.stringify(target)} at commas` }];
    if (mount.readOnly === true) return [{ key, reason: `the tmpfs at ${target} cannot be read-only` }];
    const over = plan.mounts.find((other) => other.type !== 'tmpfs' && isBelow(target, other.target));
    if (over !== undefined) {
      return [{ key, reason: `the tmpfs at ${target} would be hidden: the engine mounts ${over.target} after it` }];
    }
    const uid = plan.user === undefined ? undefined : parseUser(plan.user)?.uid;
    if (root && uid !== undefined && uid !== 0) {
      return [{ key, reason: `the tmpfs at ${target} would belong to root, not to user ${uid}`, hint: 'use a volume' }];
    }
    return [];
  });
}

function userArgs(user: string | undefined): readonly string[] {
  const parsed = user === undefined ? undefined : parseUser(user);
  if (parsed === undefined) return [];
  return [
    flag('security', `uid:${parsed.uid}`),
    ...(parsed.gid === undefined ? [] : [flag('security', `gid:${parsed.gid}`)]),
  ];
}

function mountArgs({ plan, paths, volumeFolder }: CreateArgsInput): readonly string[] {
  const taken = new Set(plan.mounts.map((mount) => normalise(mount.target)));
  const own = [
    { source: paths.hosts, target: '/etc/hosts', readOnly: true },
    // With a read-only rootfs /tmp is the image's own, read-only too (C167).
    ...(plan.readOnlyRootfs ? [] : [{ source: paths.temporary, target: '/tmp', readOnly: false }]),
  ].filter(({ target }) => !taken.has(target));
  const given = plan.mounts.flatMap((mount) =>
    mount.type === 'tmpfs'
      ? []
      : [{ source: sourceOf(mount, volumeFolder), target: mount.target, readOnly: mount.readOnly === true }],
  );
  const last = [
    { source: paths.script, target: scriptTarget, readOnly: true },
    { source: paths.witness, target: witnessTarget, readOnly: false },
  ];
  const scratch = plan.mounts.filter(({ type }) => type === 'tmpfs').map(({ target }) => flag('scratch', target));
  // What lies above comes first, else it would hide what lies below.
  const binds = [...[...own, ...given].toSorted((a, b) => depth(a.target) - depth(b.target)), ...last];
  return [...scratch, ...binds.map(bindArg)];
}

/** CSV with whole fields quoted: commas, colons, quotes and newlines stay (C173). */
function bindArg({ source, target, readOnly }: { source: string; target: string; readOnly: boolean }): string {
  return flag('mount', csvRecord(['type=bind', `source=${source}`, `target=${target}`, ...(readOnly ? ['ro'] : [])]));
}

function sourceOf(mount: Exclude<Mount, { type: 'tmpfs' }>, volumeFolder: (name: string) => string): string {
  return mount.type === 'bind' ? mount.source : volumeFolder(mount.volume);
}

function depth(path: string): number {
  return path.split('/').filter(Boolean).length;
}

function isBelow(path: string, folder: string): boolean {
  return `${normalise(path)}/`.startsWith(`${normalise(folder)}/`);
}

function normalise(path: string): string {
  return `/${path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`;
}
