/** What every call takes: how to cancel it and how long it may last. */
export interface Call {
  /** Cancels the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Longest duration of the whole call in milliseconds; it then rejects with `TIMEOUT`. Default: no limit. */
  readonly timeoutMs?: number | undefined;
}

/**
 * How far a long call is; `bytes` counts what has been read of `totalBytes`, where that is known. `waiting`: another
 * call or process makes the same image ready. `converting`: the engine is given the image; `loading`: it unpacks it.
 */
export interface Progress {
  readonly phase: 'resolving' | 'pulling' | 'waiting' | 'converting' | 'loading' | 'creating' | 'starting';
  readonly message?: string | undefined;
  readonly bytes?: number | undefined;
  readonly totalBytes?: number | undefined;
}

/** A call that can tell its progress. */
export interface ProgressCall extends Call {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}
