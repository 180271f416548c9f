import { FairleadError } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { chooseConfig, type SifMode } from './choose-config.ts';
import { parseOciRunscript } from './oci-runscript.ts';
import type { SifEvidence } from './sif-evidence.ts';

const tail = '\n\n# Then execute\neval "set ${SINGULARITY_OCI_RUN}"\nexec "$@"\n';

function runscript(entrypoint: string, command: string): string {
  return `#!/bin/sh\nOCI_ENTRYPOINT=${entrypoint}\nOCI_CMD=${command}${tail}`;
}

describe('parseOciRunscript', () => {
  it('gives the words that Apptainer quoted, newlines, quotes and dollars among them', () => {
    const words = ['"/bin/sh"', '"-c"', '"echo \\"\\$GREETING \\$0\\"; it\'"\'"\'s \\`x\\` \\\\"'];
    const entrypoint = `'${words.join(' ')}'`;
    const parsed = parseOciRunscript(runscript(entrypoint, `'"a b" "c\nd"'`));
    expect(parsed).toEqual({
      entrypoint: ['/bin/sh', '-c', 'echo "$GREETING $0"; it\'s `x` \\'],
      command: ['a b', 'c\nd'],
    });
  });

  it('gives empty lists where the image had none', () => {
    expect(parseOciRunscript(runscript("''", "''"))).toEqual({ entrypoint: [], command: [] });
  });

  it.each([
    ['a script of a definition file', '#!/bin/sh\nexec python "$@"\n'],
    ['another interpreter', runscript("''", "''").replace('/bin/sh', '/bin/bash')],
    ['words that are not quoted', runscript("'a b'", "''")],
    ['a quote that does not end', runscript('\'"a"', '')],
    ['code behind the words', runscript("''; rm -rf /", "''")],
    ['another end', `${runscript("''", "''")}echo more\n`],
    ['no command', `#!/bin/sh\nOCI_ENTRYPOINT=''${tail}`],
  ])('does not take %s for one', (_, text) => {
    expect(parseOciRunscript(text)).toBeUndefined();
  });
});

const ociConfig = { Env: ['A=1'], Entrypoint: ['/app'], Cmd: ['x'], User: 'app', Labels: { a: '1', b: '1' } };
const generated: SifEvidence = {
  ociConfig,
  labels: { b: '2' },
  ociRunscript: true,
  plainEnvironment: true,
  starts: ['/.singularity.d/actions/run', '/.singularity.d/runscript'],
  execAction: true,
  shell: true,
  ownInterpreter: false,
};

function chosen(evidence: Partial<SifEvidence>, mode: SifMode = 'auto'): ReturnType<typeof chooseConfig> {
  return chooseConfig('/x.sif', { ...generated, ...evidence }, mode);
}

const own = { Entrypoint: ['/.singularity.d/actions/run'] };
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function hintOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
  } catch (error) {
    if (FairleadError.is(error)) return error.hint;
  }
  return undefined;
}

describe('chooseConfig', () => {
  it('takes the OCI configuration where the scripts add nothing, with the labels of the SIF over its own (V13)', () => {
    const config = { ...ociConfig, Labels: { a: '1', b: '2' } };
    expect(chosen({})).toEqual({ branch: 'B', config });
    expect(chosen({ ociRunscript: false }, 'oci')).toEqual({ branch: 'B', config });
  });

  it('takes it too where there is no script to start by, shell or none', () => {
    const bare = { starts: [], execAction: false, ociRunscript: false };
    for (const shell of [true, false]) expect(chosen({ ...bare, shell }).branch).toBe('B');
    expect(chosen({ ...bare, plainEnvironment: false }).branch).toBe('C');
  });

  it('starts a custom runscript with the rest of the OCI configuration (V13, H35)', () => {
    const config = { Env: ['A=1'], User: 'app', Labels: { a: '1', b: '2' }, ...own };
    expect(chosen({ ociRunscript: false })).toEqual({ branch: 'C', config });
    expect(chosen({ ociRunscript: false }, 'apptainer')).toEqual({ branch: 'C', config });
  });

  it('runs what a generated runscript stands for where only the environment is custom, so that no shell evaluates it (V13)', () => {
    const kept = { Env: ['A=1'], User: 'app', Labels: { a: '1', b: '2' } };
    const config = { ...kept, Entrypoint: ['/.singularity.d/actions/exec', '/app'], Cmd: ['x'] };
    expect(chosen({ plainEnvironment: false })).toEqual({ branch: 'C', config });
    expect(chosen({}, 'apptainer')).toEqual({ branch: 'C', config });
    expect(chosen({ plainEnvironment: false, execAction: false }).config).toEqual({ ...kept, ...own });
    const commandOnly = chosen({ plainEnvironment: false, ociConfig: { Cmd: ['/app', 'x'] }, labels: {} });
    expect(commandOnly.config).toEqual({ Entrypoint: ['/.singularity.d/actions/exec'], Cmd: ['/app', 'x'] });
  });

  it('starts the fullest way there is where there is no OCI configuration (V13)', () => {
    const none = { ociConfig: undefined, ociRunscript: false, labels: {} };
    expect(chosen(none)).toEqual({ branch: 'D', config: { Env: [path], ...own } });
    expect(chosen({ ...none, starts: ['/singularity'] }).config).toEqual({ Env: [path], Entrypoint: ['/singularity'] });
    expect(chosen({ ...none, starts: [] }, 'oci').config).toEqual({ Env: [path], Cmd: ['/bin/sh'] });
  });

  it('needs no shell for the OCI configuration, nor for a runscript with an interpreter of its own (V13, H35)', () => {
    const config = { Entrypoint: ['/.singularity.d/runscript'] };
    const alone = { shell: false, ociRunscript: false, ownInterpreter: true };
    expect(chosen({ shell: false }).branch).toBe('B');
    expect(chosen(alone)).toMatchObject({ branch: 'C', config });
    expect(chosen({ ...alone, ociConfig: undefined })).toMatchObject({ branch: 'D', config });
  });

  it('refuses what only a missing shell could run, and says how it runs as an OCI image if it was one', () => {
    const custom = { shell: false, ociRunscript: false };
    expect(() => chosen({ ...custom, ociConfig: undefined })).toThrow(/no \/bin\/sh/);
    expect(() => chosen({ ...custom, ownInterpreter: true, plainEnvironment: false })).toThrow(/no \/bin\/sh/);
    expect(() => chosen({ shell: false, plainEnvironment: false })).toThrow(/no \/bin\/sh/);
    expect(() => chosen({ shell: false }, 'apptainer')).toThrow(/no \/bin\/sh/);
    expect(hintOf(() => chosen(custom))).toContain("mode: 'oci'");
    expect(chosen(custom, 'oci').branch).toBe('B');
  });
});
