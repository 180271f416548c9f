import { FairleadError, type ErrorCode, type ErrorFields } from '@fairlead/core';
import { explainDialError, toSocketError, type SocketProblem } from '@fairlead/core/backend';

/** The backend's name, as errors and managers tell it. */
export const backendName = 'podman';

/** An answer that is not a success. */
export interface Refused {
  readonly operation: string;
  readonly status: number;
  /** The innermost error, Podman's own classification (C19); undefined in answers that are not JSON (C25, C26). */
  readonly cause: string | undefined;
  /** The engine's own words. */
  readonly message: string;
}

/** The connection could not be opened; its cause is what the system said. */
export class DialFailure extends Error {
  constructor(cause: unknown) {
    super('the connection could not be opened', { cause });
    this.name = 'DialFailure';
  }
}

interface Meaning {
  readonly code: ErrorCode;
  readonly hint?: string | undefined;
}

const userHint = 'Give a user and group that are in the image, or numbers.';

/** What Podman's causes mean, whatever the status: nearly every mistake of the caller is a 500 (C19, C20). */
const byCause: Readonly<Record<string, Meaning>> = {
  'no such container': { code: 'CONTAINER_NOT_FOUND' },
  'no such exec session': { code: 'CONTAINER_NOT_FOUND' },
  'no such volume': { code: 'VOLUME_NOT_FOUND' },
  'network not found': { code: 'NETWORK_NOT_FOUND' },
  'image not known': { code: 'IMAGE_NOT_FOUND' },
  'that name is already in use': { code: 'CONFLICT' },
  'container already exists': { code: 'CONFLICT' },
  'volume already exists': { code: 'CONFLICT' },
  'container state improper': { code: 'CONFLICT', hint: 'The container is in another state than this needs.' },
  'exec session state improper': { code: 'CONFLICT' },
  'volume is being used': { code: 'IN_USE', hint: 'Remove the containers that mount it first.' },
  'image is in use by a container': { code: 'IN_USE' },
  'network is being used': { code: 'IN_USE' },
  'no matching entries in passwd file': { code: 'INVALID_SPEC', hint: userHint },
  'no matching entries in group file': { code: 'INVALID_SPEC', hint: userHint },
  'duplicate mount destination': { code: 'INVALID_SPEC' },
  'invalid argument': { code: 'INVALID_SPEC' },
};

interface TextRule extends Meaning {
  readonly operation: RegExp;
  readonly text: RegExp;
}

const login = 'Log in with podman login as the user that runs the engine, or load the image from a file.';

/** What only the message tells; the first rule that fits wins. Measured with Podman 4.3 and 5.8. */
const byText: readonly TextRule[] = [
  {
    operation: /^create$/,
    text: /^(?:lstat|stat|statfs) .*: no such file or directory$/,
    code: 'MOUNT_SOURCE_MISSING',
    hint: "Create it on the engine's host first.",
  },
  {
    operation: /^create$/,
    text: /^(?:lstat|stat|statfs) .*: permission denied$/,
    code: 'ACCESS_DENIED',
    hint: 'The user that runs the engine must reach the mount source: give it access to every folder above.',
  },
  { operation: /^(?:create|kill)$/, text: /^invalid signal/, code: 'INVALID_SPEC' },
  {
    operation: /^create$/,
    text: /error creating file at .*: file exists$/,
    code: 'INVALID_SPEC',
    hint: 'A file cannot replace a folder: give it another target.',
  },
  {
    operation: /^pull$/,
    text: /unauthorized|authentication required|access to the resource is denied|requested access .* denied/i,
    code: 'ACCESS_DENIED',
    hint: login,
  },
  {
    operation: /^pull$/,
    text: /no image found in (?:image index|manifest list)|choosing an image from manifest list/i,
    code: 'PLATFORM_MISMATCH',
    hint: 'Use an image that is built for the architecture of the engine.',
  },
  {
    operation: /^pull$/,
    text: /manifest unknown|name unknown|repository name not known|not found|did not resolve to an alias/i,
    code: 'IMAGE_NOT_FOUND',
    hint: 'Check the name and the tag.',
  },
  {
    operation: /^pull$/,
    text: /connection refused|no such host|i\/o timeout|network is unreachable|server gave HTTP response to HTTPS|x509|EOF$/i,
    code: 'UNAVAILABLE',
    hint: "See whether the engine's host reaches the registry; one without TLS must be listed in registries.conf.",
  },
  {
    operation: /^load$/,
    text: /no space left on device/i,
    code: 'ENGINE_FAILURE',
    hint: "Free space on the engine's disk.",
  },
  {
    // Told among the reasons why it is no image of any other form.
    operation: /^load$/,
    text: /layer not known/i,
    code: 'CONFLICT',
    hint: 'Another image with a layer of this one was removed meanwhile: ensure it again.',
  },
  { operation: /^load$/, text: /payload does not match|invalid tar|not .*(?:archive|image)/i, code: 'CORRUPT_IMAGE' },
];

const byStatus: Readonly<Record<number, ErrorCode>> = { 401: 'ACCESS_DENIED', 403: 'ACCESS_DENIED', 409: 'CONFLICT' };

/** The one translation of the engine's refusals: cause, then text, then status. */
export function translateRefusal(refused: Refused): FairleadError {
  const { operation, status, cause, message } = refused;
  const rule = byText.find((entry) => entry.operation.test(operation) && entry.text.test(message));
  const known = cause === undefined ? undefined : byCause[cause];
  const { code, hint } = known ?? rule ?? { code: byStatus[status] ?? 'ENGINE_FAILURE', hint: undefined };
  return failure({
    code,
    operation,
    message: oneLine(message) || `the engine answered with status ${status}`,
    hint,
    retryable: code === 'UNAVAILABLE' ? 'yes' : 'no',
    details: { status, ...(cause === undefined ? {} : { cause: oneLine(cause) }) },
  });
}

/** What a refused start means: it cannot run (C22), unless the container is gone. */
export function translateStartRefusal(refused: Refused): FairleadError {
  const translated = translateRefusal(refused);
  if (translated.code === 'CONTAINER_NOT_FOUND') return translated;
  const { status, cause, message } = refused;
  return failure({
    code: 'START_FAILED',
    operation: 'start',
    message: oneLine(message) || `the engine answered with status ${status}`,
    hint: startHint(`${cause ?? ''} ${message}`),
    details: { status, ...(cause === undefined ? {} : { cause: oneLine(cause) }) },
  });
}

/** What a failed connection means: how it could not be opened, or that it broke (L24, L26). */
export async function translateConnection(
  error: unknown,
  where: { readonly socketPath: string; readonly operation: string },
): Promise<FairleadError> {
  if (FairleadError.is(error)) return error;
  const { socketPath, operation } = where;
  if (error instanceof DialFailure) {
    const problem = await explainDialError(socketPath, error.cause);
    return toSocketError(withHint(problem, socketPath), { backend: backendName, operation, cause: error.cause });
  }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error instanceof Error && error.name === 'HTTPParserError') {
    return failure({
      code: 'UNAVAILABLE',
      operation,
      message: `what listens at ${socketPath} does not speak HTTP`,
      hint: 'Give the socket of podman system service.',
      cause: error,
    });
  }
  return failure({
    code: 'CONNECTION_LOST',
    operation,
    message: `the connection to ${socketPath} broke (${code || 'it ended too early'})`,
    hint: 'The service may be restarting; containers run on without it.',
    retryable: operation === 'create' ? 'with-run-id' : 'yes',
    cause: error,
  });
}

/** A problem with a socket, with the command that starts Podman's where that is what is missing. */
export function withHint(problem: SocketProblem, socketPath: string): SocketProblem {
  if (problem.code !== 'UNAVAILABLE') return problem;
  const user = !/^\/(?:var\/)?run\/podman\//.test(socketPath) ? '--user ' : '';
  const hint = socketPath.endsWith('/podman/podman.sock')
    ? `Start it with: systemctl ${user}start podman.socket`
    : `Start it with: podman system service --time=0 unix://${socketPath}`;
  return { ...problem, hint };
}

/** An error of this backend. */
export function failure(fields: Omit<ErrorFields, 'backend'>): FairleadError {
  return new FairleadError({ backend: backendName, ...fields });
}

function startHint(words: string): string | undefined {
  if (/command that was not found/.test(words)) {
    return 'The command must be in the image; give its absolute path, or look at its spelling.';
  }
  if (/OCI permission denied/.test(words)) return 'The command must be executable by the user that runs it.';
  if (/no matching entries in/.test(words)) return userHint;
  if (/workdir|is not a directory/.test(words)) return 'The workdir must be a folder, or absent.';
  return undefined;
}

/** Without the list of what each reader of image formats said, which names files of the engine. */
function oneLine(message: string): string {
  const [told = ''] = message.split(/:\n \* /);
  return told.replaceAll(/\s+/g, ' ').trim().slice(0, 2_000);
}
