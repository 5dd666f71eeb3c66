/** What whatever waits takes. */
export interface WaitOptions {
  /** Milliseconds; a `TIMEOUT` error after that. */
  readonly timeoutMs?: number;
  /** Aborting ends the wait (never the act waited for). */
  readonly signal?: AbortSignal;
}

export interface CloseOptions {
  /** Cancel the work owned instead of waiting for it. */
  readonly cancel?: boolean;
  /** Milliseconds to wait for it. */
  readonly timeoutMs?: number;
}
