import { z } from 'zod';

/** How to reach podman by its command line. */
export interface PodmanKubeOptions {
  /** Name, looked up on PATH, or absolute path. Default `podman`. */
  readonly command?: string | undefined;
  /** Given before the verb of every command, for example `--url=unix:///run/x.sock` (B7). */
  readonly globalArgs?: readonly string[] | undefined;
  /** Absolute path of a store of its own; its `runroot` should be given too (B9). */
  readonly root?: string | undefined;
  readonly runroot?: string | undefined;
  /** Added to this process's environment for podman itself, for example `CONTAINER_HOST` or `REGISTRY_AUTH_FILE` (B6, B8). */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** The schema of the options, strict. */
export function podmanKubeOptions(): z.ZodType<PodmanKubeOptions, PodmanKubeOptions> {
  const text = z.string().refine((value) => !value.includes('\0'), 'must not contain NUL');
  const path = text.refine((value) => value.startsWith('/'), 'must be an absolute path');
  const command = text.refine(
    (value) => value !== '' && (value.startsWith('/') || !value.includes('/')),
    'must be a name or an absolute path',
  );
  return z.strictObject({
    command: command.optional(),
    globalArgs: z.array(text).optional(),
    root: path.optional(),
    runroot: path.optional(),
    env: z.record(z.string().regex(/^[^=\0]+$/, 'must be a name without ='), text).optional(),
  });
}
