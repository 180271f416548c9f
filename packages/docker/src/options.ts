import { parseSocketPath } from '@fairlead/core/backend';
import { z } from 'zod';
import { parseHost, type Endpoint, type EndpointProblem } from './endpoint.ts';

/** Which Docker Engine to use. Default: the one that the docker command would use in this environment. */
export interface DockerOptions {
  /** Absolute path of the engine's unix socket. */
  readonly socketPath?: string | undefined;
  /** Address in the form of DOCKER_HOST: `unix:///path` or `tcp://host:port`. */
  readonly host?: string | undefined;
}

/** Options that have been understood. */
export interface OpenOptions {
  /** Undefined: as the environment says. */
  readonly endpoint: Endpoint | undefined;
}

/** The schema of the options. Strict: what is not known is refused. */
export function dockerOptions(): z.ZodType<OpenOptions, DockerOptions> {
  const fields = z.strictObject({ socketPath: z.string().optional(), host: z.string().optional() });
  return fields.transform((given, context): OpenOptions => {
    const place = placeOf(given);
    if (place === undefined) return { endpoint: undefined };
    if ('endpoint' in place) return place;
    const { field, problem } = place;
    const { reason, hint } = problem;
    context.addIssue({ code: 'custom', path: field, message: reason, params: { hint } });
    return z.NEVER;
  });
}

type Place = { readonly endpoint: Endpoint } | { readonly field: string[]; readonly problem: EndpointProblem };

function placeOf({ socketPath, host }: DockerOptions): Place | undefined {
  if (socketPath !== undefined && host !== undefined) {
    const problem = { reason: 'socketPath and host exclude each other', hint: 'Give one of them.' };
    return { field: [], problem };
  }
  if (socketPath !== undefined) {
    const parsed = parseSocketPath(socketPath);
    if ('problem' in parsed) return { field: ['socketPath'], problem: parsed.problem };
    return { endpoint: { kind: 'unix', path: parsed.path } };
  }
  if (host === undefined) return undefined;
  const parsed = parseHost(host);
  return 'endpoint' in parsed ? parsed : { field: ['host'], problem: parsed.problem };
}
