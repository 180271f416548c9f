import type { Call, ProgressCall } from './call.ts';
import type { ChangeOptions, Container, ContainerInfo, ContainerRef, ExitStatus, StopOptions } from './container.ts';
import type { ExecOptions, ExecProcess, Output } from './exec.ts';
import type { EnsuredImage, FileImageFormat, ImageFormat, ImageRef } from './image/image.ts';
import type { Kube, KubeInput, KubePlay, PlayOptions } from './kube.ts';
import type { LogChunk, LogLine, LogOptions, LogStream } from './logs.ts';
import type { Probe } from './probe.ts';
import type { RunSpec } from './spec.ts';
import type { Refusal } from './support.ts';
import type { Volume, Volumes, VolumeSpec } from './volume.ts';

/** Which containers to list. */
export interface ListFilter {
  /** Labels that a container must have, all of them. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Also containers of other owners and containers that the library did not make. Default false. */
  readonly foreign?: boolean | undefined;
}

/** What a finished run gave. */
export interface Completed extends Output {
  readonly exit: ExitStatus;
}

/** What `reap` did: what it removed, and what it left because its session may still live. */
export interface ReapReport {
  readonly removed: readonly string[];
  readonly left: readonly { readonly id: string; readonly reason: string }[];
}

/** How to reap. */
export interface ReapOptions extends Call {
  /** Sessions to be taken for dead without proof. */
  readonly assumeDead?: readonly string[] | undefined;
}

/** The images of an engine. */
export interface Images {
  /** Makes an image ready to run: pulls, loads, converts or checks it. Asking again is cheap. */
  ensure(image: string | ImageRef, options?: ProgressCall): Promise<EnsuredImage>;
}

/**
 * Runs containers on one engine. Disposing it closes connections; containers stay, and every later call rejects with
 * `CONFLICT`, also those of its handles. Where an `id` is asked for, a full id
 * or an exact name will do, never the beginning of one.
 * Every method may throw a `FairleadError`; a cancelled call rejects with the signal's reason.
 */
export interface ContainerManager extends AsyncDisposable {
  readonly backend: string;
  /** The formats that `run` takes, native ones first. */
  readonly formats: readonly ImageFormat[];
  /** Those of `formats` that the engine does not take as they are: a converter turns them into one that it loads. */
  readonly converts: readonly FileImageFormat[];
  /** Those of `converts` that need none where the engine declares `images.mount`: it runs over a mount of the file. */
  readonly mounts: readonly FileImageFormat[];
  readonly owner: string;
  /** Asks the engine what it is and what it can do. Rejects only for a fault of the call, or when cancelled. Cached. */
  probe(options?: Call): Promise<Probe>;
  /** Tells what of a spec this engine cannot honour, without any effect. Empty: it will try. */
  check(spec: RunSpec, options?: Call): Promise<readonly Refusal[]>;
  /** Makes the image ready, creates and starts. A failed or cancelled run leaves nothing behind. */
  run(spec: RunSpec, options?: ProgressCall): Promise<Container>;
  create(spec: RunSpec, options?: ProgressCall): Promise<Container>;
  /** Starts a created container. @throws FairleadError `START_FAILED`, `NOT_OWNED` */
  start(id: string, options?: Call): Promise<void>;
  /**
   * Runs to the end, gives output and exit, and removes the container. With a `runId` it takes over what another session
   * has begun, and removes it if that session is proven dead. A container that cannot be removed at once is removed later,
   * at the latest by `reap`: the result is not lost to that.
   */
  runToCompletion(spec: RunSpec, options?: ProgressCall): Promise<Completed>;
  /** @throws FairleadError `CONTAINER_NOT_FOUND` unless exactly this id or name exists */
  get(idOrName: string, options?: Call): Promise<Container>;
  /** Takes over a container that another process made; it is then spared by `reap`. */
  adopt(ref: ContainerRef, options?: Call): Promise<Container>;
  list(filter?: ListFilter, options?: Call): AsyncIterable<ContainerInfo>;
  inspect(idOrName: string, options?: Call): Promise<ContainerInfo>;
  wait(id: string, options?: Call): Promise<ExitStatus>;
  logs(id: string, options?: LogOptions & { readonly as?: 'lines' | undefined }): LogStream<LogLine>;
  logs(id: string, options: LogOptions & { readonly as: 'chunks' }): LogStream<LogChunk>;
  exec(id: string, command: readonly string[], options?: ExecOptions): Promise<ExecProcess>;
  stop(id: string, options?: StopOptions): Promise<void>;
  kill(id: string, signal?: string, options?: ChangeOptions): Promise<void>;
  remove(id: string, options?: ChangeOptions): Promise<void>;
  /** Makes a volume, or gives the one of that name if its labels are the same. @throws FairleadError `CONFLICT` */
  createVolume(spec?: VolumeSpec, options?: Call): Promise<Volume>;
  readonly volumes: Volumes;
  readonly images: Images;
  /** Plays a Kubernetes manifest. A failed play leaves nothing behind and takes nothing foreign. */
  playKube(input: KubeInput, options?: PlayOptions): Promise<KubePlay>;
  readonly kube: Kube;
  /** Removes what dead sessions of this owner left. */
  reap(options?: ReapOptions): Promise<ReapReport>;
}
