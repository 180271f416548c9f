import type { Call } from './call.ts';
import type { ContainerState, ExitStatus } from './container.ts';
import type { LogLine, LogOptions, LogStream } from './logs.ts';

/** A Kubernetes object as plain data. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** A manifest: as text, in a file, or as objects. Text is played byte for byte as given. */
export type KubeInput =
  | { readonly yaml: string; readonly file?: undefined; readonly objects?: undefined }
  | { readonly file: string | URL; readonly yaml?: undefined; readonly objects?: undefined }
  | { readonly objects: readonly KubeObject[]; readonly yaml?: undefined; readonly file?: undefined };

/** How to play a manifest. */
export interface PlayOptions extends Call {
  /** Default `none`. A manifest that says `hostNetwork: true` keeps the host's network (K13). */
  readonly network?: 'none' | 'private' | undefined;
}

/** A container that a play made. */
export interface KubeContainer {
  readonly id: string;
  /** Its name in the manifest. */
  readonly name: string;
  readonly pod: string;
  readonly state: ContainerState;
}

/** What is known of a play. */
export interface KubePlayInfo {
  readonly id: string;
  readonly owner: string;
  readonly pods: readonly { readonly id: string; readonly name: string }[];
  readonly containers: readonly KubeContainer[];
  readonly volumes: readonly string[];
  readonly secrets: readonly string[];
}

/** How each container of a play ended; `code` is the first that is not 0 in the manifest's order, else 0. */
export interface KubeExit {
  readonly code: number | undefined;
  readonly containers: readonly { readonly name: string; readonly pod: string; readonly exit: ExitStatus }[];
}

/** What to read of the output of a play: lines only. */
export type PlayLogOptions = Omit<LogOptions, 'as'>;

/** A manifest that was played. Disposing it takes everything down that the play made. */
export interface KubePlay extends AsyncDisposable {
  readonly id: string;
  inspect(options?: Call): Promise<KubePlayInfo>;
  /**
   * Waits until every container has ended and none is due to restart. Where a pod's `restartPolicy` is `Always`, which a
   * manifest without a word means, that is never: give `Never` or `OnFailure` to what is to end, or end the wait by its
   * `signal` or `timeoutMs`.
   */
  wait(options?: Call): Promise<KubeExit>;
  /** The lines of all containers; each tells its `container`. Bytes without lines could not be told apart. */
  logs(options?: PlayLogOptions): LogStream<LogLine>;
  /** Removes what the play made, by id; what others made stays, also under the same name (H31). */
  down(options?: Call): Promise<void>;
  /** Gives it up: disposing this handle no longer takes it down, and `reap` leaves it alone. */
  detach(): Promise<void>;
}

/** The plays of an owner. */
export interface Kube {
  /** @throws FairleadError `CONTAINER_NOT_FOUND` */
  get(id: string, options?: Call): Promise<KubePlay>;
  list(options?: Call): Promise<readonly KubePlayInfo[]>;
}
