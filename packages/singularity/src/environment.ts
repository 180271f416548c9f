import type { Refusal } from '@fairlead/core';
import type { Product } from './product.ts';

/** Set by a script inside, because the engine would refuse them or add to them (C163, C164). */
const setInside = ['HOME', 'LD_LIBRARY_PATH'] as const;

/** Names that the engine's embedded shell keeps for itself: they would be lost, or break all others (C162). */
const kept = new Set(['UID', 'EUID', 'GID', 'PWD', 'OLDPWD', 'OPTIND', 'IFS', '_', 'PROMPT_COMMAND', 'SHLVL']);
/** Names that say something to the engine instead of the container. */
const told = new Set(['PREPEND_PATH', 'APPEND_PATH']);
/** Variables that the engine gives anyway: empty, they would be taken away instead. */
const unset = new Set(['HOME', 'LANG', 'TERM', 'PATH', 'PS1']);

/** Names of variables that the engine adds to every environment (C164). */
export const addedVariables: readonly string[] = [
  'APPTAINER_APPNAME',
  'APPTAINER_BIND',
  'APPTAINER_COMMAND',
  'APPTAINER_CONTAINER',
  'APPTAINER_ENVIRONMENT',
  'APPTAINER_NAME',
  'APPTAINER_NO_EVAL',
  'HOME',
  'LANG',
  'LD_LIBRARY_PATH',
  'PATH',
  'PROMPT_COMMAND',
  'PS1',
  'PWD',
  'SINGULARITY_BIND',
  'SINGULARITY_CONTAINER',
  'SINGULARITY_ENVIRONMENT',
  'SINGULARITY_NAME',
  'SINGULARITY_NO_EVAL',
];

/** What of an environment cannot be given exactly. */
export function refuseEnvironment(env: Readonly<Record<string, string>>): readonly Refusal[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const reason = refuseVariable(name, value);
    return reason === undefined ? [] : [{ key: 'env' as const, reason: `${JSON.stringify(name)} ${reason}` }];
  });
}

function refuseVariable(name: string, value: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return 'is no shell identifier, and this engine sets variables in a shell';
  if (kept.has(name)) return 'belongs to the shell in which this engine sets variables';
  if (told.has(name) || /^(APPTAINER|SINGULARITY)_/.test(name)) return 'has a meaning of its own for this engine';
  if (value === '' && unset.has(name)) return 'cannot be empty: this engine would leave it out or set it itself';
  return undefined;
}

/** The variables of the engine's process that become the container's, byte for byte with `--no-eval` (C160, C161). */
export function engineVariables(
  env: Readonly<Record<string, string>>,
  product: Product,
): Readonly<Record<string, string>> {
  const inside: readonly string[] = setInside;
  const given = Object.entries(env).filter(([name]) => !inside.includes(name));
  return Object.fromEntries(given.map(([name, value]) => [`${product.variablePrefix}${name}`, value]));
}

/** What a script needs to know that runs inside before the command. */
export interface ScriptInput {
  readonly env: Readonly<Record<string, string>>;
  readonly product: Product;
  /** Home folders that are the caller's on this host, and nothing of the container's. */
  readonly hostHomes: readonly string[];
  /** Whether the image's runscript is to run, so it has to be there (C185). */
  readonly runscript: boolean;
}

/** Where the script and its witness are seen inside. The engine's embedded shell reads the folder's scripts in order. */
export const scriptTarget = '/.singularity.d/env/zz-fairlead.sh';
export const witnessTarget = '/.fairlead';

/** What the witness holds once the session was made; and where the image has nothing to run. */
export const witness = { began: 'began\n', noRunscript: 'no-runscript\n' } as const;

/**
 * A script for the engine's embedded shell, which images without a shell have too: the last to set variables, and the
 * witness that the session was made (S8). An image without the usual scripts gets its variables from here.
 */
export function environmentScript(input: ScriptInput): string {
  const { env, product, hostHomes, runscript } = input;
  const homes = [...new Set(hostHomes)].map(quote).join('|');
  const lines = [
    `source ${product.injectedScript}`,
    ...(homes === '' ? [] : [`case "$HOME" in ${homes}) export HOME=/ ;; esac`]),
    ...setInside.flatMap((name) => (env[name] === undefined ? [] : [`export ${name}=${quote(env[name])}`])),
    ...(runscript ? requireRunscript : []),
    `echo ${witness.began.trim()} >${witnessTarget}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** An image made without a runscript has none, or one that only says so and ends with 0 (C185). */
const requireRunscript = [
  'fl_none=1',
  'for fl_f in /.singularity.d/runscript /apptainer /singularity; do',
  'if test -x "$fl_f"; then fl_none=; fi',
  'done',
  'if test -f /.singularity.d/runscript; then',
  'while IFS= read -r fl_l; do',
  `case "$fl_l" in 'echo "There is no runscript defined for this container'*) fl_none=1 ;; esac`,
  'done </.singularity.d/runscript',
  'fi',
  `if test -n "$fl_none"; then echo ${witness.noRunscript.trim()} >${witnessTarget}; exit 1; fi`,
  'unset fl_none fl_f fl_l',
];

/** As the engine itself quotes: its shell keeps the backslash of `'\''`. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
