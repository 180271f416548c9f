import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, it } from 'vitest';
import { environmentArgs, openSecretFile, refuseEnvironment, splitEnvironment } from './environment.ts';

describe('splitEnvironment', () => {
  it('writes what fits on a line into a file, and has the rest taken from podman’s environment', () => {
    const forms = splitEnvironment({
      A: ' "x" #y=z ',
      'a.b-c': '',
      PATH: '/bin',
      N: 'one\ntwo',
      R: 'end\r',
      L: 'x'.repeat(70_000),
    });
    assert.equal(forms.file, 'A= "x" #y=z \na.b-c=\nPATH=/bin\n');
    assert.deepEqual(Object.keys(forms.inherited), ['N', 'R', 'L']);
    assert.deepEqual(environmentArgs(forms), ['--env-file=/dev/stdin', '--env=N', '--env=R', '--env=L']);
  });

  it('needs no option for an empty environment', () => {
    assert.deepEqual(environmentArgs(splitEnvironment({})), []);
  });
});

describe('refuseEnvironment', () => {
  it('takes every value on a line, and every value under a plain name', () => {
    assert.deepEqual(refuseEnvironment({ HOME: '/h', LD_PRELOAD: 'x', ü: '1', 'a*': '2', N: 'a\nb' }), []);
  });

  it('refuses a newline under a name that podman itself would act on, and names that no form can pass', () => {
    for (const env of [
      { PATH: '/a\n/b' },
      { CONTAINER_HOST: 'x\ny' },
      { https_proxy: 'x\ny' },
      { 'a.b': 'x\ny' },
      { '#x': '1' },
      { 'a b': '1' },
    ]) {
      const [refusal] = refuseEnvironment(env);
      assert.equal(refusal?.key, 'env');
      assert.ok(refusal?.hint !== undefined);
    }
  });

  it('tells names and never values', () => {
    const [refusal] = refuseEnvironment({ PATH: 'secret\nsecret' });
    assert.ok(refusal?.reason.includes('PATH') === true && !refusal.reason.includes('secret'));
  });
});

describe('openSecretFile', () => {
  it('has no name in any folder, and is read from the start by whoever opens the descriptor', () => {
    using file = openSecretFile('A=b\n');
    assert.ok(file.input !== undefined);
    assert.equal(readFileSync(`/proc/self/fd/${file.input.fd}`, 'utf8'), 'A=b\n');
    const own = readdirSync(tmpdir()).filter((name) => /^fairlead-[0-9a-f]{24}$/.test(name));
    assert.deepEqual(own, []);
  });

  it('opens nothing for no text', () => {
    using file = openSecretFile('');
    assert.equal(file.input, undefined);
  });
});
