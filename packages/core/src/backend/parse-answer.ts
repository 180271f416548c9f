import type { z } from 'zod';
import { FairleadError } from '../errors.ts';

/** How many of a schema's complaints an error tells. */
const mostIssues = 5;

/** An engine's raw answer as a schema sees it. @throws FairleadError `ENGINE_FAILURE` without any of its values */
export type AnswerParser = <T>(schema: z.ZodType<T>, value: unknown, operation: string) => T;

/** The reader of raw answers of one backend. */
export function answerParser(backend: string): AnswerParser {
  return (schema, value, operation) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'answer'}: ${issue.message}`);
    throw new FairleadError({
      code: 'ENGINE_FAILURE',
      backend,
      operation,
      message: `the engine's answer cannot be understood: ${issues.slice(0, mostIssues).join('; ')}`,
      hint: 'This version of the engine may be newer than this backend knows.',
      details: { issues },
    });
  };
}

/** The value of a JSON text, undefined if it is none. */
export function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
