import { FairleadError } from '@fairlead/core';
import { expect, it } from 'vitest';
import { receiveError, sendError } from './sent-error.ts';

function crossed(error: unknown): Error {
  return receiveError(structuredClone(sendError(error)));
}

it('an error of the library is the same behind a border of threads, with its cause', () => {
  const cause = Object.assign(new RangeError('bad data'), { code: 'Z_DATA_ERROR' });
  const fields = { message: 'it is damaged', hint: 'Copy it again.', details: { path: 'x', offset: 7 }, cause };
  const error = new FairleadError({ code: 'CORRUPT_IMAGE', ...fields, retryable: 'yes' });
  const received = crossed(error);
  expect(FairleadError.is(received, 'CORRUPT_IMAGE')).toBe(true);
  expect(JSON.stringify(received)).toBe(JSON.stringify(error));
  expect(received.message).toBe('it is damaged\n  Copy it again.');
  expect(received.stack).toBe(error.stack);
  expect(received.cause).toMatchObject({ name: 'RangeError', message: 'bad data', code: 'Z_DATA_ERROR' });
});

it('any other value that was thrown keeps its message', () => {
  expect(crossed(new TypeError('odd'))).toMatchObject({ name: 'TypeError', message: 'odd' });
  expect(crossed('text').message).toBe('text');
  expect(crossed(new FairleadError({ code: 'POLICY_DENIED', message: 'no' })).message).toBe('no');
});
