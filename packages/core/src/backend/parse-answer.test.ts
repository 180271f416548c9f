import { expect, test } from 'vitest';
import { z } from 'zod';
import { lazily } from './lazily.ts';
import { answerParser, toJson } from './parse-answer.ts';

test('an answer that is not understood is told by its places, never by its values', () => {
  const parse = answerParser('acme');
  const schema = z.object({ Id: z.string(), Env: z.array(z.string()) });
  expect(parse(schema, { Id: 'a', Env: [], More: 1 }, 'inspect')).toEqual({ Id: 'a', Env: [] });
  expect(() => parse(schema, { Id: 'a', Env: ['s3cret', 7] }, 'inspect')).toThrow(
    expect.objectContaining({
      code: 'ENGINE_FAILURE',
      message: expect.stringMatching(/^acme inspect: .*Env\.1(?!.*s3cret)/),
    }),
  );
  expect(() => parse(schema, undefined, 'inspect')).toThrow('answer: ');
});

test('a text that is no JSON has no value', () => {
  expect(['{"a":1}', '', '{'].map(toJson)).toEqual([{ a: 1 }, undefined, undefined]);
});

test('a value that is made lazily is made once, whatever it is', () => {
  let times = 0;
  const value = lazily(() => {
    times += 1;
    return undefined;
  });
  expect([times, value(), value(), times]).toEqual([0, undefined, undefined, 1]);
});
