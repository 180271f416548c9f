import type { SessionProof } from '@fairlead/core/backend';
import { z } from 'zod';
import { once } from './parse.ts';

/** The schema of a session's proof in a record. */
export const proofSchema: () => z.ZodType<SessionProof> = once(() =>
  z.object({
    hostId: z.string(),
    bootId: z.string(),
    pidNamespace: z.string(),
    pid: z.number(),
    startTime: z.string(),
  }),
);
