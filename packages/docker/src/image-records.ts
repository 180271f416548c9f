import { lazily, toJson } from '@fairlead/core/backend';
import { z } from 'zod';
import { goArchitecture } from './engine-record.ts';
import { parse } from './parse.ts';

/** An image as inspect tells it. */
export interface ImageRecord {
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly architecture: string;
  readonly os: string;
  readonly entrypoint: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** A line of a pull's or load's answer. */
export interface ProgressRecord {
  readonly status: string;
  readonly error: string | undefined;
  readonly bytes: number | undefined;
  readonly totalBytes: number | undefined;
}

/** The record of an image's inspect. */
export function parseImage(value: unknown): ImageRecord {
  const { Id, RepoTags, RepoDigests, Architecture, Os, Config } = parse(imageSchema(), value, 'images');
  return {
    id: Id,
    tags: RepoTags ?? [],
    digests: RepoDigests ?? [],
    architecture: goArchitecture(Architecture ?? ''),
    os: Os ?? '',
    entrypoint: Config?.Entrypoint ?? [],
    labels: Config?.Labels ?? {},
  };
}

/** One line of a pull's or load's answer. */
export function parseProgress(line: string): ProgressRecord {
  const { stream, status, error, errorDetail, progressDetail, id } = parse(progressSchema(), toJson(line), 'progress');
  const words = [id, status ?? stream?.trim()].filter((word) => word !== undefined && word !== null && word !== '');
  return {
    status: words.join(' '),
    error: errorDetail?.message ?? error ?? undefined,
    bytes: progressDetail?.current ?? undefined,
    totalBytes: progressDetail?.total ?? undefined,
  };
}

const imageSchema = lazily(() =>
  z.object({
    Id: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    RepoDigests: z.array(z.string()).nullish(),
    Architecture: z.string().nullish(),
    Os: z.string().nullish(),
    Config: z
      .object({
        // A string was allowed before version 1.14 of Docker's API, and is still found in images.
        Entrypoint: z.union([z.array(z.string()), z.string().transform((one) => [one])]).nullish(),
        Labels: z.record(z.string(), z.string()).nullish(),
      })
      .nullish(),
  }),
);
const progressSchema = lazily(() =>
  z.object({
    stream: z.string().nullish(),
    status: z.string().nullish(),
    id: z.string().nullish(),
    error: z.string().nullish(),
    errorDetail: z.object({ message: z.string().nullish() }).nullish(),
    progressDetail: z.object({ current: z.number().nullish(), total: z.number().nullish() }).nullish(),
  }),
);
