import { readFileSync } from 'node:fs';

/** Which refusals are legitimate on which targets of the lab, and why. */
interface Entry {
  readonly targets: readonly string[];
  readonly refuses: readonly string[];
  readonly why: string;
}

/** The reason for which a target may refuse a support, or undefined if it may not. */
export type ExpectedRefusals = (target: string, key: string) => string | undefined;

/** Reads `expected-refusals.json`. */
export function readExpectedRefusals(): ExpectedRefusals {
  const text = readFileSync(new URL('expected-refusals.json', import.meta.url), 'utf8');
  // The file is part of the repository, and a test holds it against the suite.
  const entries = JSON.parse(text) as readonly Entry[];
  return (target, key) =>
    entries.find(({ targets, refuses }) => targets.includes(target) && refuses.includes(key))?.why;
}
