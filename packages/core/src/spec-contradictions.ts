import type { SpecIssue } from './invalid-spec.ts';
import type { Mount, RunSpec } from './spec.ts';

/** Fields of a spec, each valid, that cannot hold together. */
export function contradictions(spec: RunSpec): readonly SpecIssue[] {
  return [
    ...identity(spec),
    ...emptyCommand(spec),
    ...crowdedTargets(spec),
    ...buriedFiles(spec),
    ...coveredFiles(spec),
  ];
}

function identity({ name, runId, autoRemove }: RunSpec): readonly SpecIssue[] {
  if (runId === undefined) return [];
  const issues: SpecIssue[] = [];
  if (name !== undefined) {
    issues.push({ path: 'runId', message: 'excludes `name`: the name of an idempotent run comes from its runId' });
  }
  if (autoRemove === true) {
    issues.push({ path: 'runId', message: 'excludes `autoRemove`: a container that is gone would be run again' });
  }
  return issues;
}

function emptyCommand({ entrypoint, command = [] }: RunSpec): readonly SpecIssue[] {
  if (entrypoint === undefined) return [];
  const [program] = [...entrypoint, ...command];
  if (program === undefined)
    return [{ path: 'entrypoint', message: '[] runs `command` itself, and `command` is missing' }];
  if (program !== '') return [];
  return [{ path: entrypoint.length === 0 ? 'command.0' : 'entrypoint.0', message: 'must not be empty' }];
}

interface Place {
  readonly path: string;
  readonly target: string;
  readonly isFile: boolean;
}

/** Two things at one place, or something below a file. */
function crowdedTargets(spec: RunSpec): readonly SpecIssue[] {
  const places = [
    ...(spec.mounts ?? []).map(({ target }, i): Place => toPlace(`mounts.${i}.target`, target, false)),
    ...(spec.files ?? []).map(({ target }, i): Place => toPlace(`files.${i}.target`, target, true)),
  ];
  return places.flatMap((place, index) => {
    const twin = places.slice(0, index).find(({ target }) => target === place.target);
    if (twin !== undefined) return [{ path: place.path, message: `is the same place as ${twin.path}` }];
    const above = places.find(({ target, isFile }) => isFile && place.target.startsWith(`${target}/`));
    return above === undefined ? [] : [{ path: place.path, message: `lies below ${above.path}, which is a file` }];
  });
}

function toPlace(path: string, target: string, isFile: boolean): Place {
  return { path, target: normalised(target), isFile };
}

function buriedFiles({ mounts = [], files = [] }: RunSpec): readonly SpecIssue[] {
  return files.flatMap(({ target }, index) => {
    const [over] = mounts
      .filter((mount) => isBelow(target, mount.target))
      .toSorted((a, b) => normalised(b.target).length - normalised(a.target).length);
    const why = over === undefined ? undefined : unwritable(over);
    return why === undefined
      ? []
      : [{ path: `files.${index}.target`, message: `lies in ${over?.target}, which ${why}` }];
  });
}

function unwritable(mount: Mount): string | undefined {
  if (mount.type === 'tmpfs') return 'is a tmpfs: it is empty when the container starts';
  return mount.readOnly === true ? 'is mounted read-only' : undefined;
}

/** Places over which every engine mounts something of its own when a container starts: what was copied there is lost. */
const coveredPlaces: readonly string[] = ['/proc', '/sys', '/dev', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf'];

/** A mount of the spec at such a place or below it comes last: files in it are seen. */
function coveredFiles({ mounts = [], files = [] }: RunSpec): readonly SpecIssue[] {
  return files.flatMap(({ target }, index) => {
    const place = coveredPlaces.find((covered) => isAtOrBelow(target, covered));
    if (place === undefined) return [];
    const own = mounts.some((mount) => isAtOrBelow(mount.target, place) && isAtOrBelow(target, mount.target));
    const instead = place === '/proc' || place === '/sys' ? '' : '; mount a file of the host there instead';
    const message = `lies in ${place}, over which every engine mounts its own when the container starts${instead}`;
    return own ? [] : [{ path: `files.${index}.target`, message }];
  });
}

function isAtOrBelow(path: string, place: string): boolean {
  return normalised(path) === normalised(place) || isBelow(path, place);
}

function isBelow(path: string, folder: string): boolean {
  return normalised(path).startsWith(`${normalised(folder)}/`);
}

function normalised(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `/${parts.join('/')}`;
}
