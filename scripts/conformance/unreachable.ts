import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from './place.ts';

/** Options that lead to no engine, and what their refusal must name. */
export interface UnreachableOptions {
  readonly what: string;
  readonly options: Readonly<Record<string, string>>;
  readonly names: string;
  readonly says?: RegExp | undefined;
}

/** Ways to get the place of an engine wrong, as users do (B10, B11, H16). */
export async function unreachableOptions(place: Place): Promise<readonly UnreachableOptions[]> {
  const { folder, socketPath, forbiddenSocket } = place;
  const below = join(folder, 'unreachable');
  const file = join(below, 'file');
  await mkdir(join(below, 'folder'), { recursive: true });
  await writeFile(file, 'no engine here\n', { mode: 0o644 });
  const option = socketPath === undefined ? 'command' : 'socketPath';
  const wrong = (what: string, value: string, says?: RegExp): UnreachableOptions => ({
    what,
    options: { [option]: value },
    names: value,
    says,
  });
  const common = [
    wrong('a path where nothing is', join(below, 'absent')),
    wrong('a folder', join(below, 'folder')),
    wrong('a file that is no engine', file),
  ];
  if (socketPath === undefined) return common;
  return [
    ...common,
    wrong('a relative path', 'run/engine.sock'),
    wrong('a network address', 'tcp://127.0.0.1:2375'),
    wrong('an address with a host', 'unix://host/run/engine.sock'),
    ...(forbiddenSocket === undefined
      ? []
      : [wrong('a socket of root', await requireForbidden(forbiddenSocket), /this user \(uid \d+\) may not use/)]),
  ];
}

/** The socket must be what it is taken for, or the case would be about something else. */
async function requireForbidden(socket: string): Promise<string> {
  const { uid, mode } = await stat(socket);
  if (uid === 0 && (mode & 0o777) === 0o600 && process.getuid?.() !== 0) return socket;
  throw new Error(`${socket} is to be root's, with mode 600, and this user is to be another one`);
}
