import type { SifConfigBranch } from './run-report.ts';

/** Where Apptainer and the converted image are known to differ: what each of them shows, undefined for nothing. */
export type KnownDifferences = Readonly<Record<string, Known>>;

export interface Known {
  readonly apptainer: string | undefined;
  readonly converted: string | undefined;
}

/** A run of a SIF of the corpus. */
export interface RunCase {
  readonly sif: string;
  /** Which evidence its configuration follows. */
  readonly branch: SifConfigBranch;
  readonly command?: readonly string[];
  /** The variables of the run. */
  readonly env?: Readonly<Record<string, string>>;
  /** The same as arguments of `apptainer run`, where it is something else. */
  readonly apptainer?: readonly string[];
  /** Without `--no-eval`, as someone who types the command may have it. */
  readonly evaluated?: boolean;
  /** Compare nothing else: one of the two does not come to run anything. */
  readonly onlyExit?: boolean;
  /** Beside those of every image of its branch. */
  readonly differences?: KnownDifferences;
}

const words = ['x', 'two words', '', '$HOME', 'new\nline', "it's", 'a"b', '`id`', '*', '--flag'];

/** Apptainer looks for no folder to start in but the caller's; the image's own is what an engine takes. */
function workdir(folder: string): KnownDifferences {
  return { folder: { apptainer: '/', converted: folder } };
}

/** What the generated script of Apptainer 1.4 makes of values with quotes, dollars, backslashes and newlines (§3.2). */
const twisted: KnownDifferences = {
  'environment DOUBLE': { apptainer: 'a \\"b\\" c', converted: 'a "b" c' },
  'environment DOLLAR': {
    apptainer: 'cost \\/home/fairlead \\uid=31415(fairlead) gid=31415(fairlead) groups=31415(fairlead)',
    converted: 'cost $HOME $(id)',
  },
  'environment BACKSLASH': { apptainer: 'a\\\\b\\\\\\\\c\\\\n', converted: 'a\\b\\\\c\\n' },
  'environment NEWLINE': { apptainer: 'first\\nsecond', converted: 'first\nsecond' },
};

/** One back-tick in a value, and Apptainer 1.4 loses every variable of the image. */
const backtick: KnownDifferences = {
  'environment BEFORE': { apptainer: undefined, converted: '1' },
  'environment TICK': { apptainer: undefined, converted: 'a `id` b' },
  'environment ZEBRA': { apptainer: undefined, converted: '2' },
};

/** Apptainer adds the folders that a PATH leaves out; an engine takes it as it is. */
const shortPath: KnownDifferences = {
  'environment PATH': { apptainer: '/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin', converted: '/bin' },
};

/** A prompt that the image's shell has set itself before the scripts of the SIF see it: busybox does. */
const prompt: KnownDifferences = { 'environment PS1': { apptainer: 'Apptainer> ', converted: '\\w \\$ ' } };

/** Apptainer has a shell evaluate the arguments of what was an OCI image, unless told not to. */
const evaluated: KnownDifferences = {
  ...workdir('/tmp'),
  arguments: { apptainer: '["/home/fairlead"]', converted: '["$HOME"]' },
};

/** The scripts of the SIF run inside the container, so that they come after the variables of the run. */
const overruled: KnownDifferences = { 'environment PLAIN': { apptainer: 'mine', converted: 'plain' } };

/** Neither can run it; each says so in its own way. */
function neither(converted: string): KnownDifferences {
  return { exit: { apptainer: '255', converted } };
}

export const runCases: readonly RunCase[] = [
  { sif: 'oci-full', branch: 'B', differences: workdir('/srv/work') },
  { sif: 'oci-full', branch: 'B', command: words, differences: workdir('/srv/work') },
  { sif: 'oci-full', branch: 'B', env: { GREETING: 'mine', ADDED: 'a b' }, differences: workdir('/srv/work') },
  { sif: 'oci-command', branch: 'B' },
  { sif: 'oci-command', branch: 'B', command: ['/bin/probe', ...words] },
  { sif: 'oci-command', branch: 'B', command: ['no-such-program'], differences: neither('START_FAILED') },
  { sif: 'oci-entrypoint', branch: 'B', command: words, differences: workdir('/tmp') },
  { sif: 'oci-entrypoint', branch: 'B', command: ['$HOME'], evaluated: true, differences: evaluated },
  { sif: 'oci-nothing', branch: 'B', command: ['/bin/probe', ...words] },
  { sif: 'oci-twisted', branch: 'B', differences: twisted },
  { sif: 'oci-backtick', branch: 'B', differences: backtick },
  { sif: 'oci-bare', branch: 'B' },
  { sif: 'oci-bare', branch: 'B', command: words },
  { sif: 'oci-bare-environ', branch: 'B', differences: shortPath },
  { sif: 'definition-runscript', branch: 'C', command: words, differences: { ...workdir('/srv/work'), ...prompt } },
  { sif: 'definition-environment', branch: 'C', differences: { ...workdir('/tmp'), ...prompt } },
  { sif: 'definition-environment', branch: 'C', command: words, differences: { ...workdir('/tmp'), ...prompt } },
  { sif: 'definition-backtick', branch: 'C', differences: { ...backtick, ...prompt } },
  {
    sif: 'definition-unclosed',
    branch: 'C',
    onlyExit: true,
    differences: { exit: { apptainer: '3', converted: '2' } },
  },
  { sif: 'definition-interpreter', branch: 'C' },
  { sif: 'definition-bare', branch: 'refused', differences: neither('CONVERSION_FAILED') },
  { sif: 'definition-sections', branch: 'D', differences: prompt },
  { sif: 'definition-sections', branch: 'D', command: words, env: { ADDED: 'a b' }, differences: prompt },
  { sif: 'definition-sections', branch: 'D', env: { PLAIN: 'mine' }, differences: { ...prompt, ...overruled } },
  { sif: 'definition-apps', branch: 'D', command: words, differences: prompt },
  {
    sif: 'definition-apps',
    branch: 'D',
    command: words,
    env: { SINGULARITY_APPNAME: 'tool' },
    apptainer: ['--app', 'tool'],
    differences: prompt,
  },
  { sif: 'definition-nothing', branch: 'D', command: words },
  { sif: 'definition-bash', branch: 'D', differences: neither('127') },
];
