import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lazily, type DiscoveryEnv } from '@fairlead/core/backend';
import { z } from 'zod';
import { parseHost, type Endpoint, type EndpointProblem } from './endpoint.ts';

/** A place where an engine may listen. */
export interface Candidate {
  /** Who names it: a variable, a context, or the default of a product. */
  readonly source: string;
  readonly place: { readonly endpoint: Endpoint } | { readonly problem: EndpointProblem };
}

/**
 * Where an engine may be, by Docker's own rules: DOCKER_HOST, else the context of DOCKER_CONTEXT or config.json,
 * else the default sockets. What somebody has chosen is the only candidate: another engine would be a surprise.
 */
export function candidates(env: DiscoveryEnv): readonly Candidate[] {
  const host = env.env['DOCKER_HOST'];
  if (host !== undefined && host !== '') return [{ source: 'DOCKER_HOST', place: withoutTls(parseHost(host), env) }];
  const chosen = env.env['DOCKER_CONTEXT'] || readConfig(env).currentContext || 'default';
  if (chosen !== 'default') return [{ source: `context ${chosen}`, place: contextPlace(chosen, env) }];
  return defaultSockets(env).map(({ source, path }) => ({ source, place: { endpoint: { kind: 'unix', path } } }));
}

/** The candidate to take where nobody looks for others: the chosen one, else the first whose socket is there. */
export function defaultCandidate(env: DiscoveryEnv): Candidate {
  const all = candidates(env);
  const present = all.find(
    ({ place }) => 'problem' in place || place.endpoint.kind === 'tcp' || existsSync(place.endpoint.path),
  );
  const found = present ?? all[0];
  if (found === undefined) throw new Error('there is always a default socket');
  return found;
}

function defaultSockets({
  env,
  uid,
  home,
}: DiscoveryEnv): readonly { readonly source: string; readonly path: string }[] {
  const runtime = env['XDG_RUNTIME_DIR'] || `/run/user/${uid}`;
  return [
    { source: 'default socket', path: '/var/run/docker.sock' },
    { source: 'rootless Docker', path: join(runtime, 'docker.sock') },
    { source: 'rootless Docker', path: join(home, '.docker/run/docker.sock') },
    { source: 'Docker Desktop', path: join(home, '.docker/desktop/docker.sock') },
  ];
}

/** tcp:// with certificates is another protocol; going on in the clear would be worse than refusing. */
function withoutTls(place: Candidate['place'], { env }: DiscoveryEnv): Candidate['place'] {
  const wanted = (env['DOCKER_TLS_VERIFY'] ?? '') !== '' || (env['DOCKER_TLS'] ?? '') !== '';
  return wanted && 'endpoint' in place && place.endpoint.kind === 'tcp' ? noTls('DOCKER_TLS_VERIFY') : place;
}

function noTls(who: string): Candidate['place'] {
  return {
    problem: {
      reason: `${who} asks for TLS, which is not supported`,
      hint: 'Forward the socket of the engine (ssh -L) and give its path as socketPath.',
    },
  };
}

/** A context is a folder named by the SHA-256 of its name. Source: docker/cli, cli/context/store. */
function contextPlace(name: string, env: DiscoveryEnv): Candidate['place'] {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = contextSchema().safeParse(readJson(join(configFolder(env), 'contexts/meta', id, 'meta.json')));
  const host = meta.success ? meta.data.Endpoints.docker?.Host : undefined;
  if (host === undefined) {
    return {
      problem: {
        reason: `the context ${JSON.stringify(name)} is not there or names no endpoint`,
        hint: 'See "docker context ls", or unset DOCKER_CONTEXT.',
      },
    };
  }
  const place = parseHost(host);
  const secured = existsSync(join(configFolder(env), 'contexts/tls', id));
  return secured && 'endpoint' in place && place.endpoint.kind === 'tcp' ? noTls(`the context ${name}`) : place;
}

function readConfig(env: DiscoveryEnv): { readonly currentContext?: string | undefined } {
  const parsed = configSchema().safeParse(readJson(join(configFolder(env), 'config.json')));
  return parsed.success ? parsed.data : {};
}

function configFolder({ env, home }: DiscoveryEnv): string {
  return env['DOCKER_CONFIG'] || join(home, '.docker');
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Absent, unreadable or broken: the docker CLI goes on without it, too.
    return undefined;
  }
}

const configSchema = lazily(() => z.object({ currentContext: z.string().optional() }));
const contextSchema = lazily(() =>
  z.object({ Endpoints: z.object({ docker: z.object({ Host: z.string().optional() }).optional() }) }),
);
