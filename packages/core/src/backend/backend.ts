import type { Progress } from '../call.ts';
import type { ContainerState } from '../container.ts';
import type { EnsuredImage, FileImageFormat, FoundImage, ImageFormat, ImageRef } from '../image/image.ts';
import type { LogChunk } from '../logs.ts';
import type { CreatePlan, RunPlan } from '../plan.ts';
import type { Probe, UsableProbe } from '../probe.ts';
import type { Refusal } from '../support.ts';
import type { BackendCall } from './backend-call.ts';
import type { BackendKube } from './backend-kube.ts';

/** A container as an engine tells it. */
export interface BackendContainer {
  /** Full id. */
  readonly id: string;
  /** Without a leading slash. */
  readonly name: string;
  /** The engine's word for its image. */
  readonly image: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** All labels, the library's own too. */
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly state: ContainerState;
}

/** What to read of a container's output. */
export interface BackendLogRequest {
  /** Go on until the container has ended and all it wrote was given; otherwise end with what is there now. */
  readonly follow: boolean;
  /** Bytes of each stream, counted from `since` where it is given, that the caller has already: not given again. */
  readonly skip: { readonly stdout: number; readonly stderr: number };
  /** Only what was written at or after this time. */
  readonly since: Date | undefined;
  /** Give each chunk the time of its first byte; a chunk then never holds bytes of two lines. */
  readonly timestamps: boolean;
}

/** A volume as an engine tells it. */
export interface BackendVolume {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A command that runs inside a container. */
export interface BackendExec {
  /** Its output to the end. It must be read. */
  readonly output: AsyncIterable<LogChunk>;
  /** Its code, once the output has ended; 126 and 127 for a command that could not be run. */
  exit(): Promise<number>;
}

/** What to run inside a container. */
export interface BackendExecRequest {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string | undefined;
  readonly user: string | undefined;
}

/** Core asks what an engine is. */
export interface ProbeCall extends BackendCall {
  /**
   * Whether this manager would run image files over mounts. Only then is a mount tried, for what cannot be told without;
   * else the key `images.mount` tells what a look tells, and the probe leaves no trace in any moment.
   */
  readonly mounts: boolean;
}

/** The images of an engine. */
export interface BackendImages {
  /**
   * Makes an image of one of the backend's own `formats` ready. Asks the engine first; pulls only what is missing.
   * @throws FairleadError `IMAGE_NOT_FOUND`, `ACCESS_DENIED`, `PLATFORM_MISMATCH`, `CORRUPT_IMAGE`
   */
  ensure(image: ImageRef, call: BackendCall & { readonly onProgress: (p: Progress) => void }): Promise<EnsuredImage>;
  /** Present exactly where `loads` is not empty, as `load` and `remove` are. The image of exactly this name, or undefined. */
  find?(name: string, call: BackendCall): Promise<FoundImage | undefined>;
  /**
   * Loads one image of a format of `loads`; the stream names it, and the name moves if another image has it. A load
   * that is aborted before the last byte of its stream leaves nothing; later core does not abort it, but waits.
   * @throws FairleadError `CONFLICT` where somebody removed meanwhile what this image shares with another one: core tries again
   */
  load?(stream: AsyncIterable<Uint8Array>, call: BackendCall): Promise<void>;
  /** Takes back a load: removes the name, and the image if it has no other. Resolves if it is gone. @throws FairleadError `IN_USE` */
  remove?(name: string, call: BackendCall): Promise<void>;
}

/** The volumes of an engine. */
export interface BackendVolumes {
  /** Makes it. @throws FairleadError `CONFLICT` if the engine says that it exists */
  create(volume: BackendVolume, call: BackendCall): Promise<void>;
  /** The volume of exactly this name (C88), or undefined. */
  inspect(name: string, call: BackendCall): Promise<BackendVolume | undefined>;
  /** Volumes that have all these labels. */
  list(labels: Readonly<Record<string, string>>, call: BackendCall): Promise<readonly BackendVolume[]>;
  /** Resolves if it is gone. @throws FairleadError `IN_USE` */
  remove(name: string, call: BackendCall): Promise<void>;
  /**
   * The bytes of one regular file; core has checked that `path` is relative and has no `..`. Follows no link out of the volume.
   * @throws FairleadError `INVALID_SPEC` when it is absent or no regular file, or larger than `maxBytes`
   */
  readFile(name: string, path: string, call: BackendCall & { readonly maxBytes: number }): Promise<Uint8Array>;
}

/**
 * One engine, as functions over ids. It owns only its connections, processes of its own and pollers; core does
 * validation, defaults, guard, ownership, handles, naming and undoing. A group that is absent is answered by core
 * with `UNSUPPORTED`.
 */
export interface Backend {
  /** The formats that `images.ensure` takes itself. */
  readonly formats: readonly ImageFormat[];
  /** The formats that `images.load` takes; core converts others to one of these. */
  readonly loads: readonly FileImageFormat[];
  /** True where files cannot be copied into a created container: core then binds private copies, read-only. */
  readonly filesByBind?: boolean;
  /** Never rejects for an engine that is absent or refuses; rejects with the signal's reason when cancelled. */
  probe(call: ProbeCall): Promise<Probe>;
  /** What of this plan cannot be honoured beyond the leaves that `probe` declares: values and combinations. Pure. */
  refuse(plan: RunPlan, probe: UsableProbe): readonly Refusal[];
  /**
   * Creates, and copies `files` in. If it rejects, core looks for a container of this name made by this call and
   * removes it, so a lost answer leaves nothing.
   * @returns the full id
   * @throws FairleadError `CONFLICT` when the name is taken (the lock that runId relies on)
   */
  create(plan: CreatePlan, call: BackendCall): Promise<string>;
  /** Starts a created container. @throws FairleadError `START_FAILED` when the command cannot run */
  start(id: string, call: BackendCall): Promise<void>;
  /** The full id of the container whose full id or exact name this is (C97), or undefined. */
  resolve(idOrName: string, call: BackendCall): Promise<string | undefined>;
  /** Containers by full id; an absent key is gone. */
  inspect(ids: readonly string[], call: BackendCall): Promise<ReadonlyMap<string, BackendContainer>>;
  /** Containers that have all these labels, running or not. */
  list(labels: Readonly<Record<string, string>>, call: BackendCall): Promise<readonly BackendContainer[]>;
  /**
   * Resolves when a container that was started has ended, or is gone; core reads the exit from `inspect` then.
   * It may resolve early: core looks, and asks again.
   */
  wait(id: string, call: BackendCall): Promise<void>;
  /** Ends cleanly; core asks `inspect` whether that was the container's end (L25). @throws FairleadError `CONTAINER_NOT_FOUND` */
  logs(id: string, request: BackendLogRequest, call: BackendCall): AsyncIterable<LogChunk>;
  /** Stop signal, grace, SIGKILL; resolves when it has ended. `graceSeconds` undefined: the container's own. */
  stop(id: string, options: { readonly graceSeconds: number | undefined }, call: BackendCall): Promise<void>;
  /** Sends a signal (`SIGKILL`, `SIGUSR1` …); resolves if it is not running. */
  kill(id: string, signal: string, call: BackendCall): Promise<void>;
  /** Kills and removes it with its anonymous volumes; resolves when it is gone, also if it was. */
  remove(id: string, call: BackendCall): Promise<void>;
  /**
   * Runs a command beside the container's own. When the call is cancelled the command is killed, with its children;
   * `output` rejects with the signal's reason once that has been tried (`createExecMark`, `killOnAbort`).
   */
  exec?(id: string, request: BackendExecRequest, call: BackendCall): Promise<BackendExec>;
  readonly images: BackendImages;
  readonly volumes?: BackendVolumes;
  readonly kube?: BackendKube;
  /** Removes what dead sessions left that `list` does not show: temporary folders, half-made records. Tells what. */
  sweep?(call: BackendCall): Promise<readonly string[]>;
  close(): Promise<void>;
}
