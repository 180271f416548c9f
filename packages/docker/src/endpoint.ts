import { dialTcp, dialUnix, parseSocketPath, type Dial } from '@fairlead/core/backend';

/** Where an engine listens. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** An address that cannot be used, and what to do instead. */
export interface EndpointProblem {
  readonly reason: string;
  readonly hint: string;
}

const defaultPort = 2375;

/** Reads an address in the form of `DOCKER_HOST`: `unix:///path` or `tcp://host:port`. */
export function parseHost(value: string): { readonly endpoint: Endpoint } | { readonly problem: EndpointProblem } {
  const problem = (reason: string, hint: string): { readonly problem: EndpointProblem } => ({
    problem: { reason: `host ${JSON.stringify(value)} ${reason}`, hint },
  });
  const scheme = /^([a-z]+):\/\//.exec(value)?.[1];
  if (scheme === 'unix') {
    const parsed = parseSocketPath(value);
    if ('path' in parsed) return { endpoint: { kind: 'unix', path: parsed.path } };
    return { problem: { reason: parsed.problem.reason.replace('socketPath', 'host'), hint: parsed.problem.hint } };
  }
  if (scheme === 'tcp' || scheme === 'http') return parseTcp(value, problem);
  if (scheme === 'ssh') {
    return problem(
      'goes over ssh, which is not supported',
      'Forward the socket (ssh -L) and give its path as socketPath.',
    );
  }
  if (scheme === 'npipe') {
    return problem('is a named pipe of Windows, which is not supported', 'Give a unix socket or tcp:// address.');
  }
  return problem('is no address of an engine', 'Write unix:///absolute/path or tcp://host:port.');
}

type Problem = (reason: string, hint: string) => { readonly problem: EndpointProblem };

function parseTcp(value: string, problem: Problem): ReturnType<typeof parseHost> {
  const rest = value.replace(/^[a-z]+:/, 'http:');
  const url = URL.canParse(rest) ? new URL(rest) : undefined;
  if (url === undefined || url.hostname === '' || url.pathname !== '/' || url.search !== '' || url.username !== '') {
    return problem('is no tcp address', 'Write tcp://host:port.');
  }
  // URL drops :80 as the default of http, but here it was written on purpose.
  const port = url.port !== '' ? Number(url.port) : value.endsWith(':80') ? 80 : defaultPort;
  return { endpoint: { kind: 'tcp', host: url.hostname.replace(/^\[|\]$/g, ''), port } };
}

/** The address as a URL. */
export function describeEndpoint(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return `unix://${endpoint.path}`;
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  return `tcp://${host}:${endpoint.port}`;
}

/** How to connect to it. */
export function dialOf(endpoint: Endpoint): Dial {
  return endpoint.kind === 'unix' ? dialUnix(endpoint.path) : dialTcp(endpoint.host, endpoint.port);
}
