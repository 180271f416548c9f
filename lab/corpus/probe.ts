/**
 * What an image of the corpus runs: it says what it was given, each as one line of base64, and ends with 3.
 * `/proc/$$/environ` is what the kernel was told, before the shell has touched it.
 */
export const probeScript = `#!/bin/sh
say() {
  printf '%s ' "$1"
  base64 | tr -d '\\n'
  echo
}
for each; do printf '%s\\000' "$each"; done | say arguments
pwd -P | say folder
cat /proc/$$/environ | say environment
echo 'to stderr' >&2
exit 3
`;

/** What a container of the probe said; the environment's values are Latin-1. */
export interface Probed {
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Reads what the probe wrote; undefined if that is not what was run. */
export function parseProbe(stdout: string): Probed | undefined {
  const told = new Map<string, string>();
  for (const [, key = '', value = ''] of stdout.matchAll(/^(arguments|folder|environment) ([A-Za-z0-9+/=]*)$/gm)) {
    told.set(key, Buffer.from(value, 'base64').toString('latin1'));
  }
  const [given, folder, environment] = ['arguments', 'folder', 'environment'].map((key) => told.get(key));
  if (given === undefined || folder === undefined || environment === undefined) return undefined;
  return { arguments: ended(given), folder: folder.trimEnd(), environment: variables(environment) };
}

/** An environment as `/proc/PID/environ` shows it. */
export function variables(environ: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ended(environ).map((entry) => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

/** Texts that each end with NUL. */
function ended(text: string): readonly string[] {
  return text.split('\0').slice(0, -1);
}
