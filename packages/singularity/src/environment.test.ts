import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { engineVariables, environmentScript, refuseEnvironment } from './environment.ts';
import { parseVersion, type Product } from './product.ts';

const product: Product = {
  name: 'Apptainer',
  version: '1.4.5',
  variablePrefix: 'APPTAINERENV_',
  injectedScript: '/.inject-apptainer-env.sh',
};

describe('refuseEnvironment', () => {
  it.each(['a.b', 'a-b', '1a', '', 'é', 'A B'])('refuses the name %j, which is no identifier (C162)', (name) => {
    expect(refuseEnvironment({ [name]: 'x' })).toHaveLength(1);
  });

  it.each(['UID', 'PWD', 'IFS', 'PROMPT_COMMAND', 'PREPEND_PATH', 'APPEND_PATH', 'APPTAINER_BIND', 'SINGULARITY_NAME'])(
    'refuses %s, which means something to the engine',
    (name) => {
      expect(refuseEnvironment({ [name]: 'x' })).toHaveLength(1);
    },
  );

  it('refuses an empty value where the engine would set its own', () => {
    expect(refuseEnvironment({ HOME: '', LANG: '', OTHER: '' }).map(({ reason }) => reason.split(' ')[0])).toEqual([
      '"HOME"',
      '"LANG"',
    ]);
  });

  it('names the variable and not its value', () => {
    expect(JSON.stringify(refuseEnvironment({ 'a.b': 'secret' }))).not.toContain('secret');
  });

  it('takes everything else, HOME too (C163)', () => {
    expect(refuseEnvironment({ HOME: '/h', PATH: '/bin', A: '', _x1: '$(id)', LD_LIBRARY_PATH: '/l' })).toEqual([]);
  });
});

describe('engineVariables', () => {
  it('passes values untouched by the process environment (C160, C161)', () => {
    expect(engineVariables({ A: 'b$(id),\n"', HOME: '/h', LD_LIBRARY_PATH: '/l' }, product)).toEqual({
      APPTAINERENV_A: 'b$(id),\n"',
    });
  });
});

describe('environmentScript', () => {
  const base = { env: {}, product, hostHomes: [], runscript: false };

  it('injects the variables itself for images without the usual scripts, then tells that the session was made', () => {
    expect(environmentScript(base)).toBe('source /.inject-apptainer-env.sh\necho began >/.fairlead\n');
  });

  it("hides the caller's home, whatever characters it has (C163)", () => {
    const script = environmentScript({ ...base, hostHomes: ["/home/o'neil", "/home/o'neil", '/x*'] });
    expect(script).toContain(`case "$HOME" in '/home/o'"'"'neil'|'/x*') export HOME=/ ;; esac`);
  });

  it.each(["a'b", '$(id)`id`"\\', 'line\nbreak', '*'])('sets HOME to %j exactly', (home) => {
    const script = environmentScript({ ...base, env: { HOME: home } }).replace(/^source .*$/m, '');
    const shown = execFileSync('/bin/sh', ['-c', `${script.replace(/^echo .*$/m, '')}\nprintf %s "$HOME"`]);
    expect(shown.toString()).toBe(home);
  });

  it('asks for a runscript only where it is to run (C185)', () => {
    expect(environmentScript(base)).not.toContain('runscript');
    expect(environmentScript({ ...base, runscript: true })).toContain('no-runscript >/.fairlead; exit 1');
  });
});

describe('parseVersion', () => {
  it.each([
    ['apptainer version 1.4.5\n', 'Apptainer', '1.4.5', 'APPTAINERENV_'],
    ['apptainer version 1.3.6-1.el9\n', 'Apptainer', '1.3.6-1.el9', 'APPTAINERENV_'],
    ['singularity-ce version 4.1.0-jammy\n', 'SingularityCE', '4.1.0-jammy', 'SINGULARITYENV_'],
    ['singularity version 3.8.7-1.el8\n', 'Singularity', '3.8.7-1.el8', 'SINGULARITYENV_'],
  ])('reads %j', (text, name, version, variablePrefix) => {
    expect(parseVersion(text)).toMatchObject({ name, version, variablePrefix });
  });

  it.each(['', 'podman version 5.8.6\n', 'apptainer\n'])('does not take %j for this engine', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });
});
