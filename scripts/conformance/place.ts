import type { Door } from '@fairlead/lab';

/** Everything that a worker inside a machine needs to know of its target: plain JSON, because that is how it gets there. */
export interface Place {
  /** The target's name in reports. */
  readonly name: string;
  readonly backend: Door;
  /** What the backend's module takes to open exactly this engine. */
  readonly options: Readonly<Record<string, string>>;
  /** The engine's socket, where it is reached through one. */
  readonly socketPath: string | undefined;
  /** A socket at which an engine listens, and which this target's user may not use; where there is one. */
  readonly forbiddenSocket?: string | undefined;
  /** The engine's own command, where it is reached through that. */
  readonly cli: readonly string[];
  /** Where files that the engine is to mount can be made. */
  readonly folder: string;
  readonly stateFolder: string | undefined;
  readonly images: PlaceImages;
  /** Other ways to the same engine. */
  readonly doors: readonly PlaceDoor[];
}

/** A way to an engine. */
export interface PlaceDoor {
  readonly name: string;
  readonly backend: Door;
  readonly options: Readonly<Record<string, unknown>>;
}

/** The test images in the forms that this target runs. */
export interface PlaceImages {
  readonly plain: string;
  readonly configured: string;
  readonly forms: readonly string[];
  readonly missing: string;
  /** An OCI layout whose copies, changed a little, this engine must load; absent where none is loaded. */
  readonly toChange?: string | undefined;
  /** A registry's name of an image that the cases do not need. */
  readonly unpulled?: string | undefined;
  /** A whole image, of which the worker cuts the end off. */
  readonly toTruncate: string;
  /** An image to be run under a name that says nothing. */
  readonly toRename: string;
  /** A SIF, or else an OCI layout, of which copies are made that differ in nothing that shows. */
  readonly toFreshen: string;
  /** A SIF of the plain image, and one of the configured image; absent where nothing makes SIFs. */
  readonly toMount?: string | undefined;
  readonly configuredFile?: string | undefined;
}

const variable = 'FAIRLEAD_CONFORMANCE_PLACE';

/** The environment that tells a worker its place. */
export function placeEnvironment(place: Place): Readonly<Record<string, string>> {
  return { [variable]: JSON.stringify(place) };
}

/** The place of this worker. */
export function readPlace(): Place {
  const text = process.env[variable];
  if (text === undefined) throw new Error(`${variable} is not set: workers are started by scripts/conformance.ts`);
  // `placeEnvironment` above is the only writer.
  return JSON.parse(text) as Place;
}
