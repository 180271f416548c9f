/** What core gives to every function of a backend: a signal, always. A cancelled function rejects with its reason. */
export interface BackendCall {
  readonly signal: AbortSignal;
}
