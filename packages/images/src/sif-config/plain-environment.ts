import { limits } from '../limits.ts';
import { findFile, folderNames, readSmallFile } from '../squashfs/find-file.ts';
import type { Squashfs } from '../squashfs/squashfs.ts';

/**
 * The scripts that Apptainer and Singularity write themselves, and the variables that each may set; undefined: what it
 * says does not matter. Sources: apptainer, internal/pkg/build/sources; sylabs/singularity, base_environment.go.
 */
const written: ReadonlyMap<string, readonly string[] | undefined> = new Map([
  ['01-base.sh', []],
  // Beside those of the OCI image.
  ['10-docker2singularity.sh', ['PATH']],
  ['90-environment.sh', []],
  ['91-environment.sh', []],
  ['94-appsbase.sh', []],
  ['95-apps.sh', ['SINGULARITY_APPNAME', 'SCIF_APPS', 'SCIF_APPROOT', 'PATH', 'LD_LIBRARY_PATH']],
  ['99-base.sh', ['LD_LIBRARY_PATH', 'PS1']],
  // Apptainer reads its own text in the place of this one.
  ['99-runtimevars.sh', undefined],
]);
const ofTheImage = '10-docker2singularity.sh';
const folder = '/.singularity.d/env';

/**
 * Whether no script changes the environment, beside those that every image has; `variables` are those of the OCI image.
 * A script whose name or content is not Apptainer's counts as one that does. @throws FairleadError `CORRUPT_IMAGE`
 */
export async function isPlainEnvironment(squashfs: Squashfs, variables: readonly string[]): Promise<boolean> {
  for await (const name of folderNames(squashfs, folder)) {
    if (!written.has(name)) return false;
    const own = written.get(name);
    if (own === undefined) continue;
    const file = await findFile(squashfs, `${folder}/${name}`);
    if (file?.type !== 'file') continue;
    if (file.size > limits.jsonBytes) return false;
    const names = new Set(name === ofTheImage ? [...own, ...variables] : own);
    const lines = (await readSmallFile(squashfs, file)).toString('utf8').split('\n');
    if (lines.some((line) => isForeign(line.trim(), names))) return false;
  }
  return true;
}

/** Whether a line does what Apptainer's own do not: scripts that set nothing have no code at all. */
function isForeign(line: string, names: ReadonlySet<string>): boolean {
  if (line === '' || line.startsWith('#')) return false;
  if (names.size === 0) return true;
  if (/^(?:\.|source)\s/.test(line)) return !line.startsWith('. "/scif/');
  const [, exported, assigned] = /^(?:export\s+([A-Za-z_]\w*)|([A-Za-z_]\w*)=)/.exec(line) ?? [];
  const name = exported ?? assigned;
  return name !== undefined && !names.has(name);
}
