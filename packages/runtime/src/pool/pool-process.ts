/** A worker process of a pool, as its host starts it. */
import type { Link } from "../contracts/link.ts";

export interface PoolProcess {
  readonly link: Link;
  /** For people: `pid 123`, `maxi pid 7`. */
  readonly name: string;
  /** Resolves with the reason when it has ended. */
  readonly exited: Promise<string>;
  /** Ends it at once. Twice does nothing. */
  kill(): void;
  /** What it is told of a function in place of `code`, which the pool's host describes it with; what that needs is there then. */
  readonly codeFor?: (code: unknown) => unknown;
  /** Ends it, which has nothing to do. Default: as `kill`. */
  leave?(): void;
  /** Sets who is told that others need its place: it is to end what it has, and go. */
  onWanted?(tell: () => void): void;
}
