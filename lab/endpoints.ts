import { readFile, rename, writeFile } from 'node:fs/promises';

import type { TestImages } from './images/test-images.ts';
import type { Place, Site } from './sites.ts';
import type { Target } from './targets.ts';

/** What tests, benchmarks and the demo need to know about one target. */
export interface Endpoint extends Target {
  /** What the backend's module takes to open exactly this target. */
  readonly options: { readonly socketPath: string } | { readonly path: string };
  readonly version: string;
  readonly uid: number;
  readonly gid: number;
  /** Put before a command, runs it in the target's machine as its user with `env`; see `enter.sh`. */
  readonly enter: readonly [string, ...string[]];
  /**
   * The environment of a process that has this target and nothing else. PATH leads to no other engine;
   * DOCKER_HOST or CONTAINER_HOST name the socket, FAIRLEAD_WORK_DIR is the folder for bind sources.
   */
  readonly env: Readonly<Record<string, string>>;
  /** The engine's own command, for a look of its own from inside: `[...enter, ...cli, 'ps', '-a']`. */
  readonly cli: readonly [string, ...string[]];
  /** Address of the registry on loopback inside the machine, `host:port`. */
  readonly registry: string;
}

/** A target that this machine cannot have. */
export interface Missing {
  readonly name: string;
  readonly why: string;
}

/** The content of `endpoints.json`. */
export interface Endpoints {
  readonly schema: 2;
  /** The folder that has one path inside the machines and outside. */
  readonly share: string;
  readonly images: TestImages;
  readonly endpoints: readonly Endpoint[];
  /** The sites of the demo: which of them has what. */
  readonly sites: readonly Site[];
  /** A site that has every engine of one machine; absent where one of them is missing. */
  readonly rich?: Place | undefined;
  /** Targets that the lab knows and this machine cannot have. */
  readonly missing: readonly Missing[];
}

/** Reads an `endpoints.json`, by default that of the running lab; `undefined` if there is none. */
export async function readEndpoints(file: string): Promise<Endpoints | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // Only writeEndpoints below writes this file, and the schema number says which shape it wrote.
  const endpoints = JSON.parse(text) as Endpoints;
  if (endpoints.schema !== 2)
    throw new Error(`lab: ${file} has schema ${String(endpoints.schema)}, expected 2. Run: npm run lab:down`);
  return endpoints;
}

/** Writes `endpoints.json` in one step. */
export async function writeEndpoints(file: string, endpoints: Endpoints): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(endpoints, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}
