import { FairleadError, type ErrorDetails } from '@fairlead/core';

/** A path as errors show it: quoted, and not longer than a line. */
export function quote(path: string): string {
  return JSON.stringify(path.length > 300 ? `${path.slice(0, 300)}…` : path);
}

/** The image is damaged or lies about itself; `where` names the part, in words or as a field. */
export function corrupt(fields: {
  readonly path: string;
  readonly where: string;
  readonly why: string;
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}): FairleadError<'CORRUPT_IMAGE'> {
  return new FairleadError({
    code: 'CORRUPT_IMAGE',
    message: `${quote(fields.path)}: ${fields.where}: ${fields.why}`,
    hint: 'Copy or build the image again.',
    details: { path: fields.path, where: fields.where, ...fields.details },
    cause: fields.cause,
  });
}

/** The file is whole, but no image that can be run. */
export function invalidImage(path: string, why: string, hint?: string): FairleadError<'INVALID_IMAGE'> {
  return new FairleadError({
    code: 'INVALID_IMAGE',
    message: `${quote(path)} ${why}`,
    hint,
    details: { path },
  });
}

const reasons: Readonly<Record<string, 'IMAGE_NOT_FOUND' | 'ACCESS_DENIED' | 'INVALID_IMAGE'>> = {
  ENOENT: 'IMAGE_NOT_FOUND',
  ENOTDIR: 'IMAGE_NOT_FOUND',
  EACCES: 'ACCESS_DENIED',
  EPERM: 'ACCESS_DENIED',
  ELOOP: 'INVALID_IMAGE',
  ENAMETOOLONG: 'INVALID_IMAGE',
  ENXIO: 'INVALID_IMAGE',
};

const sentences = {
  IMAGE_NOT_FOUND: ['does not exist', 'Check the path. For the name of an image in a registry write docker://NAME.'],
  ACCESS_DENIED: ['may not be read by this user', 'Give this user the right to read it and to enter its folders.'],
  INVALID_IMAGE: ['cannot be opened', undefined],
  ENGINE_FAILURE: ['cannot be read', undefined],
} as const;

/** The system's refusal to open or read a path, as an error of the library; `shown` is how the message calls it. */
export function systemError(path: string, cause: unknown, shown: string = path): FairleadError {
  const errno = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown';
  const code = (Object.hasOwn(reasons, errno) ? reasons[errno] : undefined) ?? 'ENGINE_FAILURE';
  const [why, hint] = sentences[code];
  return new FairleadError({
    code,
    message: `${quote(shown)} ${why} (${errno})`,
    hint,
    details: { path, errno },
    cause,
  });
}

/** Some words in a sentence, the first twenty of many. */
export function listed(words: readonly string[]): string {
  if (words.length === 0) return 'nothing';
  const shown = words.slice(0, 20).map((word) => JSON.stringify(word.slice(0, 200)));
  return words.length > 20 ? `${shown.join(', ')} and ${words.length - 20} more` : shown.join(', ');
}
