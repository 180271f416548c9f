import type { Call, ContainerManager, FileImageFormat, SupportKey, Verdict } from '@fairlead/core';
import type { BackendModule, ManagerOptions } from '@fairlead/core/backend';
import type { Artifact } from './artifact.ts';

/** How to choose. */
export interface SelectOptions extends Call, ManagerOptions {
  /**
   * Whether an image file may be run over a mount of its file system, where the engine can do that. Default `auto`;
   * `never` where `convert` is `never`, and for what cannot be mounted: a registry's image, a manifest. For managers that are open already, what they were opened with counts.
   */
  readonly mount?: ManagerOptions['mount'];
  /**
   * The only candidates: backends of your own, or managers that are open already; those stay yours to dispose:
   * disposing the selection leaves them open.
   * Default: every engine of this machine.
   */
  readonly managers?: readonly (BackendModule | ContainerManager)[] | undefined;
  /** Names of backends, the most wanted first. Default: none. */
  readonly prefer?: readonly string[] | undefined;
  /** What must be supported besides what the spec uses. */
  readonly needs?: readonly SupportKey[] | undefined;
  /** Whether what only holds while this process lives does not count. Default false. */
  readonly durable?: boolean | undefined;
  /** Whether an image may be converted for an engine that does not take its format. Default `auto`. */
  readonly convert?: 'auto' | 'never' | undefined;
}

/** What an image becomes for an engine that does not run it as it is. */
export interface SelectedConversion {
  readonly from: FileImageFormat;
  /** The format that the engine loads, or `mount`: it runs over a mount of the file, and nothing is converted. */
  readonly to: FileImageFormat | 'mount';
  /** How, where there are several ways: for a SIF the mode, and whose configuration counts. */
  readonly how?: string | undefined;
}

/** Why this engine. */
export interface Selection {
  readonly artifact: Artifact;
  readonly chosen: Verdict;
  /** Undefined where the chosen engine runs the image as it is. */
  readonly conversion: SelectedConversion | undefined;
  /** Every candidate, the best first. */
  readonly verdicts: readonly Verdict[];
}

/** A manager, and why it was chosen. Disposing it closes it, unless it was open already when `select` was given it. */
export interface Selected extends ContainerManager {
  readonly selection: Selection;
}
