import type { FairleadError } from '@fairlead/core';
import { failure } from '../errors.ts';

/** What a failed play means: the general translation, but for containers that did not start, and for what has no name. */
export function playError(error: FairleadError, stderr: string): FairleadError {
  const { details } = error;
  const reasons = stderr.split('\n').flatMap((line) => /^starting container [0-9a-f]+: (.*)$/.exec(line)?.[1] ?? []);
  if (reasons.length > 0 || /failed to start \d+ containers/.test(stderr)) {
    return failure({
      code: 'START_FAILED',
      operation: 'playKube',
      message: `a container of the manifest did not start: ${reasons.join('; ') || 'podman does not say why'}`,
      hint: 'Its command must be in the image and executable, and its ports must be free.',
      details,
      cause: error,
    });
  }
  if (error.code !== 'ENGINE_FAILURE' && error.code !== 'CONTAINER_NOT_FOUND') return error;
  return failure({
    code: 'KUBE_PARTIAL_FAILURE',
    operation: 'playKube',
    message: `podman could not play the manifest to its end: ${told(error)}`,
    details,
    cause: error,
  });
}

/** The error's own sentence, without where it happened. */
function told({ message, backend, operation }: FairleadError): string {
  return message.replace(`${[backend, operation].filter(Boolean).join(' ')}: `, '');
}
