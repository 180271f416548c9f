import { FairleadError, type ErrorCode } from '@fairlead/core';
import { commandError, redactText, type CommandExit } from '@fairlead/subprocess';

/** The backend's name, as errors and managers tell it. */
export const backendName = 'podman-kube';

/** A podman command that did not end with 0. */
export interface FailedCommand {
  /** What the library did with it. */
  readonly operation: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly exit: CommandExit;
  readonly secrets?: readonly string[] | undefined;
}

interface Rule {
  readonly code: ErrorCode;
  /** The only one for which it holds. Default: it holds for all. */
  readonly operation?: string;
  readonly text: RegExp;
  readonly hint?: string;
}

const login = 'Log in with `podman login`, or name a file of credentials in REGISTRY_AUTH_FILE.';

/**
 * What podman's words mean: its exit code is 125 for nearly everything (C157). Matched against the last line that
 * begins with `Error:` (C158); the first rule wins. Words measured with podman 4.3 and 5.8.
 */
const rules: readonly Rule[] = [
  { code: 'CONTAINER_NOT_FOUND', text: /no such container|no container with (name or ID|ID or name)|no such pod/i },
  { code: 'VOLUME_NOT_FOUND', text: /no such volume/i },
  { code: 'NETWORK_NOT_FOUND', text: /network not found|unable to find network/i },
  {
    code: 'PLATFORM_MISMATCH',
    text: /no image found in (manifest list|image index) for architecture|does not match the expected platform/i,
  },
  {
    code: 'ACCESS_DENIED',
    text: /unauthorized|authentication required|access to the resource is denied|invalid username\/password/i,
    hint: login,
  },
  {
    code: 'IMAGE_NOT_FOUND',
    text: /image not known|no such image|manifest unknown|name unknown|did not resolve to an alias|repository .* not found/i,
    hint: 'Check the name and the tag, or ensure the image first.',
  },
  {
    code: 'MOUNT_SOURCE_MISSING',
    text: /(statfs|parsing HostPath in YAML:) .*no such file or directory|host path ".*" does not exist|error mounting .*no such file/i,
    hint: "Create it on podman's host first.",
  },
  {
    code: 'CONFLICT',
    text: /name is already in use|container name ".*" is already in use|(volume|pod|secret|network) .*already exists|secret name in use/i,
  },
  {
    code: 'IN_USE',
    text: /(volume|network|image) is (being used|in use)|is being used by the following/i,
    hint: 'Remove the containers that use it first.',
  },
  {
    code: 'UNAVAILABLE',
    text: /connection refused|no such host|i\/o timeout|TLS handshake|server gave HTTP response|network is unreachable|unable to connect to Podman/i,
    hint: 'See whether what podman talks to can be reached from here.',
  },
  { code: 'ENGINE_FAILURE', text: /no space left on device/i, hint: "Free space on the disk of podman's store." },
  {
    // Told among the reasons why it is no image of any other form.
    code: 'CONFLICT',
    operation: 'load',
    text: /layer not known/i,
    hint: 'Another image with a layer of this one was removed meanwhile: ensure it again.',
  },
  {
    code: 'CORRUPT_IMAGE',
    text: /does not match any of the supported image formats|unexpected EOF|invalid tar header/i,
  },
  {
    code: 'INVALID_SPEC',
    text: /invalid argument|unable to find (user|group)|no matching entries in (passwd|group) file|invalid signal|duplicate mount destination|configmap .* not found|no such secret|invalid reference format|invalid mount option|invalid option type/i,
  },
  { code: 'CONFLICT', text: /container state improper/i },
];

/** The one translation of a failed command. */
export function translateExit(failed: FailedCommand): FairleadError {
  // Judged by podman's own words, told without secrets; before they are cut, so that no part of one stays.
  const words = lastError(failed.exit.stderr);
  const said = lastError(redactText(failed.exit.stderr, failed.secrets ?? []));
  const rule = rules.find(
    ({ operation = failed.operation, text }) => operation === failed.operation && text.test(words),
  );
  const code = failed.operation === 'start' ? startCode(rule?.code) : (rule?.code ?? 'ENGINE_FAILURE');
  return commandError({
    ...failed,
    code,
    backend: backendName,
    message: said === '' ? `podman ended with code ${failed.exit.code}` : said,
    hint: code === 'START_FAILED' ? startHint(words) : rule?.hint,
  });
}

/** A start that fails means that the container cannot run, unless it is gone or what it needs is. */
function startCode(code: ErrorCode | undefined): ErrorCode {
  const kept = code === 'CONTAINER_NOT_FOUND' || code === 'MOUNT_SOURCE_MISSING' || code === 'UNAVAILABLE';
  return kept ? code : 'START_FAILED';
}

function startHint(said: string): string | undefined {
  if (/command that was not found|executable file/i.test(said)) {
    return 'The command must be in the image; give its absolute path, or look at its spelling.';
  }
  if (/OCI permission denied/i.test(said)) return 'The command must be an executable file for the user that runs it.';
  if (/no matching entries in (passwd|group) file|unable to find user/i.test(said)) {
    return 'Give a user that is in the image, or a number.';
  }
  if (/workdir/i.test(said)) return "The working directory must be in the image or be a mount's target.";
  return undefined;
}

/** The last line that begins with `Error:`, without that word: warnings and retries come before it (C158). */
export function lastError(stderr: string): string {
  const lines = stderr.split('\n');
  const last = lines.findLastIndex((line) => line.startsWith('Error:'));
  if (last < 0) return '';
  const text = lines.slice(last).join(' ').trim();
  return text.replace(/^Error: (inspecting object: )?/, '').slice(0, 1000);
}

/** An error of this backend that no command's failure caused. */
export function failure<Code extends ErrorCode>(fields: {
  readonly code: Code;
  readonly operation: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}): FairleadError<Code> {
  return new FairleadError({ backend: backendName, ...fields });
}
