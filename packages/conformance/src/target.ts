import type { ContainerManager, ImageRef, RunSpec } from '@fairlead/core';
import type { ManagerOptions } from '@fairlead/core/backend';
import type { OtherSession, SessionOptions } from './session/session.ts';
import type { Step } from './workload/steps.ts';

/** A part of a spec: an image and what it is to run. */
export type Workload = Pick<RunSpec, 'image' | 'command' | 'entrypoint' | 'readOnlyRootfs'>;

/** One engine to run the cases against. */
export interface Target {
  /** Tells it apart in reports; lower-case letters, digits, dots and dashes. */
  readonly name: string;
  /** A manager of its own. */
  connect(options: ManagerOptions): ContainerManager;
  /** What to run so that these steps happen; `rest` become arguments that the step `arguments` tells. */
  workload(steps: readonly Step[], rest?: readonly string[]): Workload;
  /** A Kubernetes container object without its name that does these steps; only where plays are supported. */
  kubeContainer?(steps: readonly Step[]): Readonly<Record<string, unknown>>;
  readonly images: TargetImages;
  /** The engine as its own tool sees it, never the library. */
  readonly look: Look;
  /** A folder on this host whose files the engine can mount under the same path. */
  readonly folder: string;
  /** Another process that uses the library on the same engine. */
  startSession(options: SessionOptions): Promise<OtherSession>;
  /** Other ways to the same engine, through other backends or the same. */
  readonly doors?: readonly Door[];
  /** Options that cannot lead to an engine; each must be told by `connect` or `probe`, before any effect. */
  readonly unreachable?: readonly Unreachable[];
  /** Seconds that a second of the cases lasts. Default 1; less for an engine without processes. */
  readonly pace?: number;
  /** Bytes of the burst. Default 20 MiB. */
  readonly burstBytes?: number;
  /** Longest duration of one case in milliseconds. Default 300,000. */
  readonly caseMs?: number;
}

/** Images by what the cases need of them. */
export interface TargetImages {
  /** Its command is a shell, and its config says nothing else. */
  readonly plain: string;
  /** One that says of itself what `imageConfig` holds, and has `imageFile` in its volume. */
  readonly configured: string;
  /** The plain one in every form that this target runs, the plain one's own included. */
  readonly forms: readonly (string | ImageRef)[];
  /**
   * Writes the plain one into this folder in a form that the engine must load first, with a content that it has never
   * had. Absent where images are run as they are.
   */
  readonly unseen?: (folder: string) => Promise<string>;
  /** A registry's name of an image that no case needs, so that it need not be there yet; absent where none is pulled. */
  readonly unpulled?: string | undefined;
  /** A reference of a form that this target runs, to nothing. */
  readonly missing: string;
  /** A file whose first bytes promise an image that is cut off. */
  readonly truncated: string;
  /**
   * Makes, below a folder, an image file that does what the plain one does and that no engine has seen; for an engine
   * that runs no files, the plain one.
   */
  fresh(folder: string): Promise<string>;
  /** Whether the engine must be given such a file before it can run it. */
  readonly loadsFresh: boolean;
  /**
   * Makes, below a folder, an image file that does what the plain one does, that no engine has seen, and whose file
   * system can be mounted; needed only where images are mounted, or where it is to be proven that they are not.
   */
  readonly mountable?: ((folder: string) => Promise<string>) | undefined;
  /** The configured image in such a file. */
  readonly configuredFile?: string | undefined;
}

/** A way to an engine. */
export interface Door {
  readonly name: string;
  connect(options: ManagerOptions): ContainerManager;
}

/** Options of a manager that lead nowhere. */
export interface Unreachable {
  readonly what: string;
  connect(): ContainerManager;
  /** What the error or the probe's reason must name. */
  readonly names: string;
  /** What else it must say, where that is the point. */
  readonly says?: RegExp | undefined;
}

/** A look with the engine's own tool. One call gives everything, because starting such a tool takes time. */
export interface Look {
  containers(): Promise<readonly SeenContainer[]>;
  volumes(): Promise<readonly SeenVolume[]>;
  /** Names of pods and secrets; only where plays are supported. */
  pods?(): Promise<readonly string[]>;
  secrets?(): Promise<readonly string[]>;
  /** The engine's version in its own words. */
  version(): Promise<string>;
  /** Names of the images in its store; absent where it has none, as the next three. */
  images?(): Promise<readonly string[]>;
  /** How often it has loaded the image of this id; undefined where it does not tell. */
  loads?(id: string): Promise<number | undefined>;
  /** What is mounted of images where the engine sees it, and every process that serves such a mount: a line each, with its paths. */
  imageMounts?(): Promise<readonly string[]>;
  /** Ends, as the kernel does when memory is short, what serves mounts below this folder. */
  endImageServers?(folder: string): Promise<void>;
  /** Gives a name to the image of this id, also if another one has it. */
  nameImage?(name: string, id: string): Promise<void>;
  /** Takes a name away, and the image if it has no other. */
  unnameImage?(name: string): Promise<void>;
  /** Makes a container of this name that the library knows nothing of, and volumes, pods and secrets likewise. */
  make?(kind: 'container' | 'volume' | 'pod' | 'secret', name: string): Promise<void>;
  unmake?(kind: 'container' | 'volume' | 'pod' | 'secret', name: string): Promise<void>;
}

/** A container as the engine's tool tells it. */
export interface SeenContainer {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

/** A volume as the engine's tool tells it. */
export interface SeenVolume {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}
