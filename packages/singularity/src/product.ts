/** Which program answers, and the names that differ between the two heirs of Singularity. */
export interface Product {
  readonly name: 'Apptainer' | 'SingularityCE' | 'Singularity';
  readonly version: string;
  /** What variables for the container begin with in the engine's own environment. */
  readonly variablePrefix: 'APPTAINERENV_' | 'SINGULARITYENV_';
  /** The virtual file in which the engine's embedded shell finds them. */
  readonly injectedScript: '/.inject-apptainer-env.sh' | '/.inject-singularity-env.sh';
}

/** Reads what `--version` prints, for example `apptainer version 1.4.5-2.el9`; undefined for anything else. */
export function parseVersion(output: string): Product | undefined {
  const match = /^(apptainer|singularity-ce|singularity)(?:-ce)? version (\d+\.\d+\S*)\s*$/m.exec(output);
  const [, word, version] = match ?? [];
  if (word === undefined || version === undefined) return undefined;
  if (word === 'apptainer') {
    return {
      name: 'Apptainer',
      version,
      variablePrefix: 'APPTAINERENV_',
      injectedScript: '/.inject-apptainer-env.sh',
    };
  }
  return {
    name: word === 'singularity-ce' ? 'SingularityCE' : 'Singularity',
    version,
    variablePrefix: 'SINGULARITYENV_',
    injectedScript: '/.inject-singularity-env.sh',
  };
}
