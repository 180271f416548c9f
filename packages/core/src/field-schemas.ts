import { z } from 'zod';
import { labelPrefix } from './estate/labels.ts';

const namePattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** What every engine takes for a volume's name; no path, and no longer than the name of a folder may be. */
const volumePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;
const userPattern = /^[A-Za-z0-9_.][-A-Za-z0-9_.]*(:[A-Za-z0-9_.][-A-Za-z0-9_.]*)?$/;

type Texts = Readonly<Record<string, string>>;

/** Schemas of single values that several specs have. */
export interface FieldSchemas {
  readonly text: z.ZodType<string>;
  readonly filled: z.ZodType<string>;
  readonly absolute: z.ZodType<string>;
  /** A place inside a container. */
  readonly target: z.ZodType<string>;
  readonly name: z.ZodType<string>;
  /** The name of a volume that exists: also one that another tool gave, or the engine itself. */
  readonly volume: z.ZodType<string>;
  readonly user: z.ZodType<string>;
  readonly labels: z.ZodType<Texts>;
  readonly env: z.ZodType<Texts>;
  readonly positive: z.ZodType<number>;
}

/** Builds the schemas: never at import time. */
export function fieldSchemas(): FieldSchemas {
  const text = z.string().refine((value) => !value.includes('\0'), 'must not contain NUL');
  const filled = text.min(1, 'must not be empty');
  const absolute = filled.refine((value) => value.startsWith('/'), 'must be an absolute path');
  return {
    text,
    filled,
    absolute,
    target: absolute
      .refine((value) => !value.split('/').includes('..'), 'must not contain ..')
      .refine((value) => value.split('/').some((part) => part !== '' && part !== '.'), 'must not be /'),
    name: z.string().regex(namePattern, 'must match [a-z0-9]([-a-z0-9]*[a-z0-9])? with at most 63 characters'),
    volume: z.string().regex(volumePattern, 'must match [A-Za-z0-9][A-Za-z0-9_.-]* with at most 255 characters'),
    user: z.string().regex(userPattern, 'must be a name or number, with :group if wanted'),
    labels: labelsSchema(text),
    env: z.record(z.string().regex(/^[^=\p{Cc}]+$/u, 'must be a name without = and control characters'), text),
    positive: z.int().positive(),
  };
}

function labelsSchema(text: z.ZodType<string>): z.ZodType<Texts> {
  const key = z
    .string()
    .regex(/^[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?$/, 'must be a label key')
    .refine((value) => !value.startsWith(labelPrefix), `${labelPrefix}* belongs to the library`);
  return z.record(key, text);
}
