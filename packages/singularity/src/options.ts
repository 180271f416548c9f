import { isAbsolute } from 'node:path';
import { z } from 'zod';

/** How to reach Apptainer or SingularityCE. */
export interface SingularityOptions {
  /** Absolute path of the command. Default: `apptainer`, then `singularity`, on PATH. */
  readonly command?: string | undefined;
}

/** The schema of the options; strict. */
export function optionsSchema(): z.ZodType<SingularityOptions, SingularityOptions> {
  return z.strictObject({
    command: z
      .string()
      .refine((path) => isAbsolute(path) && !path.includes('\0'), 'must be an absolute path')
      .optional(),
  });
}
