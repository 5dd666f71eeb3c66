/** What a job is told of its trust in tabs, and what judging their results needs of the rest of it. */
import { type Exit } from "../contracts/exit.ts";
import { type CodeDigest, type NodeId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type Platform } from "../platform.ts";
import { type TabLack } from "./contracts.ts";
import { type JobWants } from "./job-wants.ts";
import { type Lease, type LeaseBook } from "./lease.ts";
import { type Run } from "./run.ts";
import { type ExitedAt } from "./run-words.ts";
import { type Trust } from "./trust.ts";
import { type Want } from "./want.ts";

/** What a job says of its trust in results of tabs. */
export interface TrustOptions {
  /**
   * What becomes of results that come from browser tabs: taken as they come (`any`), checked on nodes (`probation`), compared
   * among n tabs (`quorum`), or none at all (`servers-only`). A result that is checked takes two attempts or more. By default
   * those of plain functions are in probation, as long as a node is there to check, and those of task functions, which may
   * not bear being run twice, are taken.
   */
  readonly trust?: Trust;
  /**
   * Whether `value` is right for `args`, where that is cheap to say. What it takes needs no other check; a tab whose result
   * it refuses, or of which it throws, gets no more tasks, and the task runs again elsewhere.
   */
  readonly verify?: (args: readonly unknown[], value: unknown, fn: string) => boolean;
  /** Whether two results of one task are the same. Default: by value; numbers that engines compute otherwise need it. */
  readonly equal?: (a: unknown, b: unknown) => boolean;
}

export interface JobTrustOptions extends TrustOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly wants: JobWants;
  readonly book: () => LeaseBook<Run>;
  /** What a bundle imports and tabs have not. */
  readonly lacksOf: (code: CodeDigest) => readonly TabLack[];
  /** About how many bytes a value takes. @throws {SkeinError} when it can't travel */
  readonly check: (value: unknown) => number;
  /** Its next attempt waits for a server of that want. */
  readonly again: (run: Run, want: Want) => void;
  /** It waits for a server of another want from now on. */
  readonly move: (run: Run, want: Want) => void;
  readonly end: (run: Run, exit: Exit<unknown>, at: ExitedAt | undefined) => void;
  /** The job wants nothing more of that tab. */
  readonly drop: (tab: NodeId, why: string) => void;
  /** Tells the user, in the job's events too. */
  readonly warn: (lease: Lease<Run>, text: string, fields: Readonly<Record<string, string>>) => void;
  /** Has a task that has ended done again, at a node. */
  readonly redo: (run: Run, args: readonly unknown[]) => Run;
  /** Its result was wrong, and is this. */
  readonly corrected: (run: Run, lease: Lease<Run>) => void;
}
