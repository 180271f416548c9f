import { readFileSync } from 'node:fs';

/** Answers of real engines, as they were recorded, shortened to what says something. */
export interface Recorded {
  readonly info: unknown;
  readonly version: unknown;
  readonly image: unknown;
  readonly created: unknown;
  readonly running: unknown;
  readonly exited: unknown;
  readonly oom: unknown;
  readonly startFailed: unknown;
  readonly volume: unknown;
  readonly volumes: unknown;
  readonly execCreated: unknown;
  readonly execEnded: unknown;
}

/** The answers of one engine. */
export function recorded(engine: 'docker-20.10' | 'docker-28.5'): Recorded {
  // The files were written by one program, with exactly these keys.
  return JSON.parse(readFileSync(new URL(`${engine}.json`, import.meta.url), 'utf8')) as Recorded;
}

/** The engines whose answers are there. */
export const engines = ['docker-20.10', 'docker-28.5'] as const;
