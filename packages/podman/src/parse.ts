import type { z } from 'zod';
import { failure } from './errors.ts';

/** The value of a JSON text, undefined if it is none. */
export function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A raw answer as a schema sees it. @throws FairleadError `ENGINE_FAILURE` without any of its values */
export function parse<T>(schema: z.ZodType<T>, value: unknown, operation: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'answer'}: ${issue.message}`);
  throw failure({
    code: 'ENGINE_FAILURE',
    operation,
    message: `the engine's answer cannot be understood: ${issues.join('; ')}`,
    details: { issues },
  });
}

/** Makes a value when it is first needed, and once: no schema is built at import. */
export function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
