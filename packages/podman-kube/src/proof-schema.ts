import { lazily, type SessionProof } from '@fairlead/core/backend';
import { z } from 'zod';

/** The schema of a session's proof in a record. */
export const proofSchema: () => z.ZodType<SessionProof> = lazily(() =>
  z.object({
    hostId: z.string(),
    bootId: z.string(),
    pidNamespace: z.string(),
    pid: z.number(),
    startTime: z.string(),
  }),
);
