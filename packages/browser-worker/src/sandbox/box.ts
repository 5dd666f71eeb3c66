/** Where a server of a tab runs: a worker with its two ports, in a sandboxed frame or, for trusted code, beside the page. */

/** Ends itself, or is ended: then nothing of it runs any more. */
export interface Box {
  /** For frames between the worker and this tab's peer. */
  readonly link: MessagePort;
  /** For what is only between the worker and the page: its greeting, code, what it prints. */
  readonly host: MessagePort;
  /** How it ended; `undefined` when it was killed. */
  readonly ended: Promise<string | undefined>;
  /** Calls back with what the worker did not handle itself. */
  onError(take: (text: string) => void): void;
  /** Ends all that runs in it, at once. Twice does nothing. */
  kill(): void;
}
