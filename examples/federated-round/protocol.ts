import { z } from 'zod';

/** What a site is given: its part of the data, and the algorithm in one form. */
export interface SiteJob {
  readonly name: string;
  /** The algorithm's image, in a file or folder whose form its content tells. */
  readonly image: string;
  /** A Kubernetes manifest that runs the image, for a site that wants one. */
  readonly manifest?: string | undefined;
  /** Folder with `part.csv`. */
  readonly data: string;
  /** The site whose rows these are too. */
  readonly twinOf?: string | undefined;
}

/** What the coordinator asks of a site: one gradient for these weights. */
export interface RoundRequest {
  readonly round: number;
  readonly weights: readonly number[];
}

/** What a site says, a line of JSON each. */
const message = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('ready'),
    format: z.string(),
    backend: z.string(),
    engine: z.string(),
    version: z.string(),
    why: z.string(),
  }),
  // As the algorithm wrote it, digit by digit.
  z.object({ event: z.literal('gradient'), round: z.number(), text: z.string(), milliseconds: z.number() }),
  z.object({ event: z.literal('missing'), reason: z.string() }),
]);

/** A line that a site says. */
export type SiteMessage = z.infer<typeof message>;

/** Reads a line that a site said. */
export function parseSiteMessage(line: string): SiteMessage {
  return message.parse(JSON.parse(line));
}
