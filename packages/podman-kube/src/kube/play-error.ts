import type { FairleadError } from '@fairlead/core';
import { redactText } from '@fairlead/subprocess';
import { failure } from '../errors.ts';

/**
 * What a failed play means: the general translation, but for containers that did not start, and for what has no name.
 * @param secrets what the manifest gives its containers, which podman quotes
 */
export function playError(error: FairleadError, stderr: string, secrets: readonly string[] = []): FairleadError {
  const { details } = error;
  const told = redactText(stderr, secrets);
  const reasons = told.split('\n').flatMap((line) => /^starting container [0-9a-f]+: (.*)$/.exec(line)?.[1] ?? []);
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
    message: `podman could not play the manifest to its end: ${sentence(error)}`,
    details,
    cause: error,
  });
}

/** The error's own sentence, without where it happened. */
function sentence({ message, backend, operation }: FairleadError): string {
  return message.replace(`${[backend, operation].filter(Boolean).join(' ')}: `, '');
}
