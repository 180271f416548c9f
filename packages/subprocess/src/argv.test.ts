import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { FairleadError } from '@fairlead/core';
import { csvRecord, flag, flags, positional, redactArgv } from './argv.ts';

describe('flag', () => {
  it('keeps a value of any shape in one argument, so that it cannot become an option', () => {
    for (const value of ['', '-rf', '--privileged', 'a,b', 'a=b', 'a:b', 'two\nlines', 'ä€😀', "'$(x)`"]) {
      assert.equal(flag('label', value), `--label=${value}`);
    }
  });

  it('writes numbers and booleans', () => {
    assert.deepEqual([flag('stop-timeout', 0), flag('init', false)], ['--stop-timeout=0', '--init=false']);
  });

  it('repeats the option for each value', () => {
    assert.deepEqual(flags('mount', ['a', '-b']), ['--mount=a', '--mount=-b']);
  });

  it('refuses NUL, which no argument can hold', () => {
    for (const call of [() => flag('env', 'a\0b'), () => positional('a\0b')]) {
      assert.throws(call, (error) => FairleadError.is(error, 'INVALID_SPEC'));
    }
  });
});

describe('csvRecord', () => {
  it('quotes what Go’s encoding/csv would split or trim (C173)', () => {
    assert.equal(
      csvRecord(['type=bind', 'source=/a,b:c', 'target=/q"d"', 'x=l1\nl2', ' y', '']),
      'type=bind,"source=/a,b:c","target=/q""d""","x=l1\nl2"," y",""',
    );
  });

  it('refuses a carriage return before a newline, which that reader drops', () => {
    assert.throws(
      () => csvRecord(['source=/a\r\nb']),
      (error) => FairleadError.is(error, 'INVALID_SPEC'),
    );
  });
});

describe('redactArgv', () => {
  it('hides values of variables and credentials, and passwords in URLs', () => {
    assert.deepEqual(
      redactArgv(['--env=TOKEN=s3cret\nx', '--creds=me:pw', '--env=NAME', 'docker://me:pw@host/x', '--label=a=b']),
      ['--env=TOKEN=***', '--creds=***', '--env=NAME', 'docker://me:***@host/x', '--label=a=b'],
    );
  });
});
