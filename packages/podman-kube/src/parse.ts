import type { z } from 'zod';
import { failure } from './errors.ts';

/** Parses what a command printed as JSON; podman's JSON is trusted only as far as the schema says. @throws FairleadError `ENGINE_FAILURE` */
export function parseJson<T>(schema: z.ZodType<T>, text: string, operation: string): T {
  const parsed = schema.safeParse(toJson(text));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'answer'}: ${issue.message}`);
  throw failure({
    code: 'ENGINE_FAILURE',
    operation,
    message: `podman's answer cannot be understood: ${issues.slice(0, 5).join('; ')}`,
    hint: 'This version of podman may be newer than this backend knows.',
    details: { issues },
  });
}

/** A value made when it is first asked for. */
export function once<T>(build: () => T): () => T {
  let built: { readonly value: T } | undefined;
  return () => (built ??= { value: build() }).value;
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
