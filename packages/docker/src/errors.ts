import { FairleadError, type ErrorCode, type Retryable } from '@fairlead/core';
import { explainDialError, toSocketError } from '@fairlead/core/backend';
import { describeEndpoint, type Endpoint } from './endpoint.ts';

/** The backend's name, as errors and managers tell it. */
export const backendName = 'docker';

/** An answer that is not a success. */
export interface Refused {
  readonly operation: string;
  readonly status: number;
  /** The engine's own words. */
  readonly message: string;
  /** Podman's classification of the failure (C19); Docker has none. */
  readonly cause?: string | undefined;
}

/** The connection could not be opened: what the system said is its cause. */
export class DialFailure extends Error {
  constructor(cause: unknown) {
    super('the connection could not be opened', { cause });
    this.name = 'DialFailure';
  }
}

interface Rule {
  readonly code: ErrorCode;
  /** The only one for which it holds. Default: it holds for all. */
  readonly operation?: string;
  readonly statuses: readonly number[];
  readonly text: RegExp;
  readonly hint?: string;
}

const login = 'Log in to the registry with the engine, or load the image from a file.';
const reach = 'See whether the registry can be reached from the host of the engine.';

/**
 * What the engines' words mean where the status alone does not tell. Matched against Podman's `cause` and the
 * message; the first rule wins. Sources: measured answers of Docker 20.10 and 28.5 and of Podman's Docker API.
 */
const rules: readonly Rule[] = [
  {
    code: 'CONFLICT',
    operation: 'load',
    statuses: [500],
    text: /layer (?:not known|does not exist)/i,
    hint: 'Another image with a layer of this one was removed meanwhile: ensure it again.',
  },
  { code: 'CONTAINER_NOT_FOUND', statuses: [404, 500], text: /no such container/i },
  { code: 'VOLUME_NOT_FOUND', statuses: [404, 409, 500], text: /no such volume|more than one result for volume/i },
  {
    code: 'PLATFORM_MISMATCH',
    statuses: [400, 404, 500],
    text: /no matching manifest for|does not match the specified platform/i,
  },
  {
    code: 'ACCESS_DENIED',
    statuses: [404, 500],
    text: /unauthorized|no basic auth credentials|authentication required|access denied|denied: /i,
    hint: login,
  },
  {
    code: 'IMAGE_NOT_FOUND',
    statuses: [404, 500],
    text: /no such image|image not known|failed to find image|manifest unknown|manifest for .* not found|name unknown|repository .* not found/i,
    hint: 'Check the name and the tag, or ensure the image first.',
  },
  { code: 'NETWORK_NOT_FOUND', statuses: [404, 500], text: /network .*not found/i },
  {
    code: 'MOUNT_SOURCE_MISSING',
    statuses: [400, 500],
    text: /bind source path does not exist|statfs .*no such file/i,
    hint: "Create it on the engine's host first.",
  },
  { code: 'CONFLICT', statuses: [409, 500], text: /(name|container name).* already in use|volume already exists/i },
  {
    code: 'IN_USE',
    statuses: [409, 500],
    text: /volume is in use|volume is being used|image is in use|is using/i,
    hint: 'Remove the containers that use it first.',
  },
  { code: 'CONFLICT', statuses: [500], text: /container state improper|is not running/i },
  {
    code: 'UNAVAILABLE',
    statuses: [500],
    text: /connection refused|no such host|i\/o timeout|TLS handshake|server gave HTTP response|network is unreachable|request canceled|EOF$/i,
    hint: reach,
  },
  {
    code: 'INVALID_SPEC',
    statuses: [500],
    text: /invalid argument|unknown capability|cannot unmarshal|duplicate mount destination|unable to find user|no matching entries in passwd|invalid signal|cannot overwrite|error creating file at|invalid reference format|is not a directory/i,
  },
];

const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_SPEC',
  401: 'ACCESS_DENIED',
  403: 'ACCESS_DENIED',
  409: 'CONFLICT',
};

/** The one translation of an engine's refusal. */
export function translateRefusal(refused: Refused): FairleadError {
  const { status, message, cause, operation } = refused;
  const rule = findRule(refused);
  const code = rule?.code ?? byStatus[status] ?? 'ENGINE_FAILURE';
  return failure({
    code,
    operation,
    message: clean(message) || `the engine answered with status ${status}`,
    hint: rule?.hint,
    retryable: code === 'UNAVAILABLE' ? 'yes' : 'no',
    details: { status, ...(cause === undefined ? {} : { cause }) },
  });
}

/**
 * What a refused start means: the container cannot run (C21, C22), unless it is gone or in another state.
 * A 404 that names a network or an image is no missing container (C21).
 */
export function translateStartRefusal(refused: Refused): FairleadError {
  const translated = translateRefusal(refused);
  const { status, message, cause } = refused;
  if (translated.code === 'CONTAINER_NOT_FOUND' || status === 409) return translated;
  if (translated.code === 'MOUNT_SOURCE_MISSING') return translated;
  return failure({
    code: 'START_FAILED',
    operation: 'start',
    message: clean(message) || `the engine answered with status ${status}`,
    hint: startHint(`${cause ?? ''} ${message}`),
    details: { status, ...(cause === undefined ? {} : { cause }) },
  });
}

/** What an error in the middle of a successful answer means: pulls and loads fail that way (C126, H22). */
export function translateStreamError(operation: 'pull' | 'load', message: string, image?: string): FairleadError {
  const rule = findRule({ operation, status: 500, message, cause: undefined });
  const code = rule?.code ?? (operation === 'load' ? 'CORRUPT_IMAGE' : 'ENGINE_FAILURE');
  const full = /no space left on device/i.test(message);
  return failure({
    code: full ? 'ENGINE_FAILURE' : code,
    operation,
    message: naming(image, clean(message)),
    hint: full ? "Free space on the engine's disk." : rule?.hint,
    retryable: code === 'UNAVAILABLE' ? 'yes' : 'no',
    details: image === undefined ? {} : { image },
  });
}

/** A refused pull; some engines do not say what they could not pull. */
export function translatePullRefusal(refused: Refused, image: string): FairleadError {
  return translateRefusal({ ...refused, message: naming(image, clean(refused.message)) });
}

function naming(what: string | undefined, message: string): string {
  return what === undefined || message.includes(what) ? message : `${what}: ${message}`;
}

/** What a broken connection means. An error that is told already, such as the caller's own, stays as it is. */
export async function translateConnection(error: unknown, endpoint: Endpoint, operation: string): Promise<unknown> {
  if (FairleadError.is(error)) return error;
  if (error instanceof DialFailure) return explainDial(error.cause, endpoint, operation);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('HPE_')) {
    return failure({
      code: 'UNAVAILABLE',
      operation,
      message: `what answers at ${describeEndpoint(endpoint)} does not speak HTTP (${code})`,
      hint: 'Give the endpoint at which the engine serves its API.',
      cause: error,
    });
  }
  return failure({
    code: 'CONNECTION_LOST',
    operation,
    message: `the connection to ${describeEndpoint(endpoint)} broke (${code || 'it ended too early'})`,
    hint: 'The engine may be restarting; containers and their state are kept by it.',
    retryable: operation === 'create' ? 'with-run-id' : 'yes',
    cause: error,
  });
}

async function explainDial(cause: unknown, endpoint: Endpoint, operation: string): Promise<FairleadError> {
  // The manager was disposed of while it connected.
  if (FairleadError.is(cause)) return cause;
  if (endpoint.kind === 'unix') {
    const problem = await explainDialError(endpoint.path, cause);
    return toSocketError(problem, { backend: backendName, operation, cause });
  }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  return failure({
    code: 'UNAVAILABLE',
    operation,
    message: `cannot connect to ${describeEndpoint(endpoint)} (${code})`,
    hint: 'See whether the engine runs there and listens at this address.',
    retryable: 'yes',
    cause,
  });
}

function findRule({ operation, status, message, cause }: Refused): Rule | undefined {
  const applicable = rules.filter(
    (rule) => rule.statuses.includes(status) && (rule.operation ?? operation) === operation,
  );
  const byCause = cause === undefined ? undefined : applicable.find((rule) => rule.text.test(cause));
  return byCause ?? applicable.find((rule) => rule.text.test(message));
}

function startHint(words: string): string | undefined {
  if (/executable file not found|not found in \$PATH|no such file or directory|not found/i.test(words)) {
    return 'The command must be in the image; give its absolute path, or look at its spelling.';
  }
  if (/permission denied/i.test(words)) return 'The command must be executable by the user that runs it.';
  if (/unable to find user|no matching entries in passwd/i.test(words)) {
    return 'Give a user that is in the image, or a number.';
  }
  return undefined;
}

interface Failure {
  readonly code: ErrorCode;
  readonly operation: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly retryable?: Retryable | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** An error of this backend. */
export function failure(fields: Failure): FairleadError {
  return new FairleadError({ backend: backendName, ...fields });
}

/** What an error says, without where and without its hint: for probes and misses, which tell these apart. */
export function reasonOf(error: FairleadError): string {
  const [said = error.code] = error.message.split('\n');
  return said.replace(new RegExp(`^${backendName}( \\S+)?: `), '');
}

/** One line, without the engine's own wrapping. */
function clean(message: string): string {
  return message
    .replace(/^Error response from daemon: /, '')
    .replace(/\s+/g, ' ')
    .trim();
}
