import { parseProbe, variables } from '@fairlead/lab/corpus';

/** Which evidence a configuration follows (docs/sif-conversion.md), if there is enough of it. */
export type SifConfigBranch = 'B' | 'C' | 'D' | 'refused';

/** What a run gave, from wherever it came. */
export interface RunResult {
  /** The exit code, or why there is none. */
  readonly exit: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Everything that a run shows, by name: `exit`, `arguments`, `folder`, `environment NAME`, what else was written. */
export type RunReport = ReadonlyMap<string, string>;

/** Who runs a container gives these, each in its own way; no image has them. */
const ofTheEngine =
  /^(?:(?:APPTAINER|SINGULARITY)_.*|PROMPT_COMMAND|HOME|HOSTNAME|LANG|TERM|container|PWD|OLDPWD|SHLVL)$/;

/** Reads what the probe, or a program that shows its environment, has written. */
export function reportOf({ exit, stdout, stderr }: RunResult): RunReport {
  const report = new Map([['exit', exit]]);
  const probed = parseProbe(stdout);
  if (stderr.includes('to stderr')) report.set('stderr', 'to stderr');
  if (probed === undefined && stdout.includes('\0')) return withEnvironment(report, variables(stdout));
  if (probed === undefined) return report.set('stdout', stdout);
  report.set('arguments', JSON.stringify(probed.arguments)).set('folder', probed.folder);
  report.set(
    'stdout',
    stdout
      .split('\n')
      .filter((line) => !/^(?:arguments|folder|environment) /.test(line))
      .join('\n'),
  );
  return withEnvironment(report, probed.environment);
}

function withEnvironment(report: Map<string, string>, environment: Readonly<Record<string, string>>): RunReport {
  for (const [name, value] of Object.entries(environment)) {
    if (!ofTheEngine.test(name)) report.set(`environment ${name}`, value);
  }
  return report;
}
