import { describe, expect, it } from 'vitest';
import { compareRuns } from './compare-runs.ts';
import { reportOf } from './run-report.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function probe(environment: string): string {
  return `before\narguments ${base64('a b\0\0')}\nfolder ${base64('/srv\n')}\nenvironment ${base64(environment)}\n`;
}

describe('reportOf', () => {
  it('reads what the probe was given, leaves out what engines give, and keeps what else was written (V13)', () => {
    const stdout = probe('A=1=2\0HOME=/x\0SINGULARITY_NAME=y\0B=a\nb\0');
    expect(Object.fromEntries(reportOf({ exit: '3', stdout, stderr: 'warning\nto stderr\n' }))).toEqual({
      exit: '3',
      stderr: 'to stderr',
      arguments: '["a b",""]',
      folder: '/srv',
      stdout: 'before\n',
      'environment A': '1=2',
      'environment B': 'a\nb',
    });
  });

  it('reads an environment as the kernel shows it, and takes all else as it is', () => {
    expect(reportOf({ exit: '0', stdout: 'KIND=bare\0', stderr: '' }).get('environment KIND')).toBe('bare');
    expect(reportOf({ exit: '0', stdout: '[x]\n', stderr: '' }).get('stdout')).toBe('[x]\n');
  });
});

describe('compareRuns', () => {
  const theirs = new Map([['exit', '3']]);

  it('tells every difference that is not known, on whichever side', () => {
    expect(compareRuns(theirs, new Map([['exit', '3']]), {})).toEqual([]);
    expect(compareRuns(theirs, new Map([['exit', '4']]), {})).toHaveLength(1);
    expect(compareRuns(theirs, new Map(), {})).toHaveLength(1);
    expect(compareRuns(new Map(), theirs, {})).toHaveLength(1);
  });

  it('tells a known difference that has gone, or become another', () => {
    const known = { exit: { apptainer: '3', converted: undefined } };
    expect(compareRuns(theirs, new Map(), known)).toEqual([]);
    expect(compareRuns(theirs, theirs, known)).toHaveLength(1);
    expect(compareRuns(new Map([['exit', '4']]), new Map(), known)).toHaveLength(1);
    expect(compareRuns(new Map(), new Map(), known)).toHaveLength(1);
  });
});
