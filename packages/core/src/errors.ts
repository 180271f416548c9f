/** Every way in which a call can fail. The list is closed: a `switch` over it can be exhaustive. */
export type ErrorCode =
  | 'INVALID_SPEC'
  | 'INVALID_IMAGE'
  | 'UNSUPPORTED'
  | 'NO_BACKEND'
  | 'UNAVAILABLE'
  | 'IMAGE_NOT_FOUND'
  | 'CONTAINER_NOT_FOUND'
  | 'VOLUME_NOT_FOUND'
  | 'NETWORK_NOT_FOUND'
  | 'CONFLICT'
  | 'IN_USE'
  | 'NOT_OWNED'
  | 'ACCESS_DENIED'
  | 'MOUNT_SOURCE_MISSING'
  | 'PLATFORM_MISMATCH'
  | 'START_FAILED'
  | 'TIMEOUT'
  | 'CONNECTION_LOST'
  | 'ROLLBACK_FAILED'
  | 'KUBE_PARTIAL_FAILURE'
  | 'CONVERSION_FAILED'
  | 'CORRUPT_IMAGE'
  | 'POLICY_DENIED'
  | 'ENGINE_FAILURE';

/** Whether asking again can help: never, at once, or only for a run that has a `runId`. */
export type Retryable = 'no' | 'yes' | 'with-run-id';

/** Facts about a failure for programs; what can be secret has been left out. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** What an error is made of. */
export interface ErrorFields<Code extends ErrorCode = ErrorCode> {
  readonly code: Code;
  /** What went wrong, where and why, in one sentence; it must not quote logs or environment. */
  readonly message: string;
  readonly backend?: string | undefined;
  readonly operation?: string | undefined;
  readonly retryable?: Retryable | undefined;
  /** What the reader can do about it. */
  readonly hint?: string | undefined;
  readonly details?: ErrorDetails | undefined;
  readonly cause?: unknown;
  /** Last lines a container wrote. Kept out of messages and JSON: they may be patients' data. */
  readonly logTail?: readonly string[] | undefined;
}

const brand = Symbol.for('fairlead.error');

/** The one error class: what failed, where, why and what to do. An aborted call rejects with the signal's reason instead. */
export class FairleadError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code;
  readonly backend: string | undefined;
  readonly operation: string | undefined;
  readonly retryable: Retryable;
  readonly hint: string | undefined;
  readonly details: ErrorDetails;
  declare readonly logTail: readonly string[];

  constructor(fields: ErrorFields<Code>) {
    const where = [fields.backend, fields.operation].filter(Boolean).join(' ');
    const said = where === '' ? fields.message : `${where}: ${fields.message}`;
    const text = fields.hint === undefined ? said : `${said}\n  ${fields.hint}`;
    super(text, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'FairleadError';
    this.code = fields.code;
    this.backend = fields.backend;
    this.operation = fields.operation;
    this.retryable = fields.retryable ?? 'no';
    this.hint = fields.hint;
    this.details = fields.details ?? {};
    Object.defineProperty(this, 'logTail', { value: fields.logTail ?? [], enumerable: false });
    Object.defineProperty(this, brand, { value: true, enumerable: false });
  }

  /** True for an error of this class from any installed copy of the library, with that code if one is given. */
  static is<C extends ErrorCode = ErrorCode>(error: unknown, code?: C): error is FairleadError<C> {
    return error instanceof Error && brand in error && (code === undefined || ('code' in error && error.code === code));
  }

  /** A form for logs and APIs; never holds the container's output. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { name, code, message, backend, operation, retryable, hint, details } = this;
    return { name, code, message, backend, operation, retryable, hint, details };
  }
}
