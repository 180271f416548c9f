import type { ErrorDetails, ErrorCode, Retryable } from '@fairlead/core';
import type { PlanPolicy } from '../layer/layer-policy.ts';
import type { SharedInput } from './shared-input.ts';

/** What a thread is started with. */
export interface ThreadData {
  readonly input: SharedInput;
  /** What errors call the input. */
  readonly path: string;
}

/** A file system in the input, and what may become of it. */
export interface LayerRequest {
  readonly offset: number;
  readonly size: number;
  readonly policy: PlanPolicy;
}

/** What a thread can be asked for, one thing at a time. */
export type ThreadRequest =
  | ({ readonly kind: 'plan' } & LayerRequest)
  /** `lent`: buffers come back once they have been used. */
  | ({ readonly kind: 'layer'; readonly lent: boolean } & LayerRequest);

/** What a thread is told. */
export type ToThread =
  | { readonly kind: 'request'; readonly request: ThreadRequest }
  /** The reader has taken a chunk, and gives its buffer back if it was lent. */
  | { readonly kind: 'taken'; readonly buffer: ArrayBuffer | undefined };

/** What a thread says. */
export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: SentError };

/** An error on its way between threads. */
export type SentError =
  | {
      readonly kind: 'fairlead';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
      readonly retryable: Retryable;
      readonly details: ErrorDetails;
      readonly stack: string | undefined;
      readonly cause: SentError | undefined;
    }
  | {
      readonly kind: 'other';
      readonly name: string;
      readonly message: string;
      readonly code: string | undefined;
      readonly stack: string | undefined;
    };
