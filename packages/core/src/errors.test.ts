import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FairleadError } from './errors.ts';

const full = new FairleadError({
  code: 'START_FAILED',
  backend: 'acme',
  operation: 'start',
  message: 'the command is not there',
  hint: 'Give another one.',
  details: { command: 'x' },
  cause: new Error('low'),
  logTail: ['patient 17'],
});

describe('FairleadError', () => {
  it('says where, what and what to do, in this order', () => {
    expect(full.message).toBe('acme start: the command is not there\n  Give another one.');
  });

  it('says only what it knows', () => {
    expect(new FairleadError({ code: 'CONFLICT', message: 'taken' }).message).toBe('taken');
  });

  it('is not retryable unless it says so', () => {
    expect(full.retryable).toBe('no');
    expect(new FairleadError({ code: 'TIMEOUT', message: 'late', retryable: 'with-run-id' }).retryable).toBe(
      'with-run-id',
    );
  });

  it('keeps what a container wrote out of message, JSON and inspection: it may be patients data', () => {
    expect(full.logTail).toEqual(['patient 17']);
    for (const text of [full.message, String(full.stack), JSON.stringify(full), inspect(full)]) {
      expect(text).not.toContain('patient 17');
    }
  });

  it('has a JSON form with code, details and hint', () => {
    expect(JSON.parse(JSON.stringify(full))).toMatchObject({
      name: 'FairleadError',
      code: 'START_FAILED',
      backend: 'acme',
      operation: 'start',
      details: { command: 'x' },
      hint: 'Give another one.',
    });
  });
});

describe('FairleadError.is', () => {
  it('recognises an error of another copy of the library by its brand', () => {
    const foreign = Object.assign(new Error('from another copy'), {
      [Symbol.for('fairlead.error')]: true,
      code: 'CONFLICT',
    });
    expect(foreign).not.toBeInstanceOf(FairleadError);
    expect(FairleadError.is(foreign)).toBe(true);
    expect(FairleadError.is(foreign, 'CONFLICT')).toBe(true);
    expect(FairleadError.is(foreign, 'TIMEOUT')).toBe(false);
  });

  it('takes no other error, and nothing that is no error', () => {
    for (const other of [new Error('x'), { code: 'CONFLICT' }, undefined, null, 'CONFLICT']) {
      expect(FairleadError.is(other)).toBe(false);
    }
  });
});
