import type { KubePlayInfo } from '../kube.ts';
import type { Session } from '../estate/session.ts';
import type { BackendCall } from './backend-call.ts';

/** A manifest to play. */
export interface BackendPlay {
  /** Id of the play, made by core; 32 hex digits. */
  readonly id: string;
  /** The manifest, byte for byte as given. */
  readonly text: string;
  readonly network: 'none' | 'private';
}

/** What a backend knows of a play; the states of its containers come from `Backend.inspect`. */
export interface BackendPlayInfo extends Omit<KubePlayInfo, 'containers' | 'owner'> {
  /** The session that played it, and its proof, so that another can tell that it is dead. */
  readonly session: Session;
  /**
   * In the manifest's order, without infra containers, and without init containers: those are gone once they have
   * ended (K53).
   */
  readonly containers: readonly BackendPlayContainer[];
}

/** A container that a play made. */
export interface BackendPlayContainer {
  readonly id: string;
  /** Its name in the manifest. */
  readonly name: string;
  readonly pod: string;
  /** What its pod's restartPolicy says; a manifest without one says `always` (H33). */
  readonly restart: 'always' | 'on-failure' | 'never';
}

/** Kubernetes manifests on an engine. What a play made is a record in the state folder, written before it starts. */
export interface BackendKube {
  /**
   * Plays. When it rejects or is aborted, all that it made is gone and nothing foreign was touched (K24–K44).
   * @throws FairleadError `INVALID_SPEC`, `CONFLICT` (a name exists), `IMAGE_NOT_FOUND`, `START_FAILED`, `KUBE_PARTIAL_FAILURE`, `ROLLBACK_FAILED`
   */
  play(play: BackendPlay, call: BackendCall): Promise<BackendPlayInfo>;
  /** The play of this id, if its record is there. */
  inspect(id: string, call: BackendCall): Promise<BackendPlayInfo | undefined>;
  list(call: BackendCall): Promise<readonly BackendPlayInfo[]>;
  /** Removes by recorded ids, then the record; resolves if it is gone. */
  down(id: string, call: BackendCall): Promise<void>;
}
