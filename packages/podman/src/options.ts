import { homedir } from 'node:os';
import { parseSocketPath } from '@fairlead/core/backend';
import { z } from 'zod';
import { podmanPlaces } from './places.ts';

/** Where a Podman service listens. Without either, where Podman's own rules say. */
export interface PodmanOptions {
  /** Absolute path of a unix socket. */
  readonly socketPath?: string | undefined;
  /** `unix:///absolute/path`. */
  readonly url?: string | undefined;
}

const forward = 'Forward the socket (ssh -L) and give its absolute path.';

/** Where to connect to. */
export interface ResolvedOptions {
  readonly socketPath: string;
}

/** Checks the options and fills in where Podman listens. Looks at no socket. */
export function optionsSchema(): z.ZodType<ResolvedOptions, PodmanOptions> {
  return z
    .strictObject({ socketPath: z.string().optional(), url: z.string().optional() })
    .refine(({ socketPath, url }) => socketPath === undefined || url === undefined, {
      message: 'socketPath and url exclude each other',
    })
    .transform(({ socketPath, url }, context) => {
      const given = socketPath ?? url;
      if (given === undefined) return defaultOptions(context);
      const parsed = parseSocketPath(given);
      if ('path' in parsed) return { socketPath: parsed.path };
      const { reason, hint } = parsed.problem;
      const told = socketPath === undefined ? reason.replace('socketPath', 'url') : reason;
      const remedy = /^(?!unix:)[a-z][a-z0-9+.-]*:\/\//i.test(given) ? forward : hint;
      context.addIssue({ code: 'custom', message: told, params: { hint: remedy } });
      return z.NEVER;
    });
}

function defaultOptions(context: z.RefinementCtx): ResolvedOptions {
  const [first] = podmanPlaces({ env: process.env, uid: process.getuid?.() ?? -1, home: homedir() });
  if (first !== undefined && 'socketPath' in first) return { socketPath: first.socketPath };
  const hint = first?.hint ?? 'Give the option socketPath.';
  context.addIssue({ code: 'custom', message: first?.reason ?? 'no socket is known', params: { hint } });
  return z.NEVER;
}
