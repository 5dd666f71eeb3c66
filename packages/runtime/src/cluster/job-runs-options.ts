/** What the tasks of a job need of the rest of it. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type NotifyOptions } from "../contracts/procedures.ts";
import { type JobId, type LeaseId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type Engine } from "../task/engine.ts";
import { type JobReports } from "./job-reports.ts";
import { type JobTrust } from "./job-trust.ts";
import { type JobWants } from "./job-wants.ts";
import { type StackMaps } from "./stack-maps.ts";
import { type RunTracing } from "./tracing.ts";

export interface JobRunsOptions {
  readonly engine: Engine;
  readonly job: JobId;
  readonly reports: JobReports;
  readonly logger: Logger;
  /** Tells a server. @throws {SkeinError} when the value can't travel */
  readonly tell: (server: Endpoint, name: string, words: unknown, options?: NotifyOptions) => void;
  /** About how many bytes a value takes on the way. @throws {SkeinError} when it can't travel */
  readonly check: (value: unknown) => number;
  /** No task is sent to a server before the last one there has ended. */
  readonly oneByOne: boolean;
  /** Ends the process of a lease: its task did not stop within the grace. */
  readonly kill: (lease: LeaseId, server: Endpoint) => void;
  /** Leads the stacks of an error, or those in a text, back to the user's files. */
  readonly maps: StackMaps;
  /** Where tasks may run. */
  readonly wants: JobWants;
  /** A server is used for another want than the one it was given for. */
  readonly moved: (lease: LeaseId, want: number) => void;
  /** Whether the scheduler lets a server serve that want from now on. Never rejects. */
  readonly claim: (lease: LeaseId, want: number) => Promise<boolean>;
  /** Judges what tabs give. Absent: it is taken. */
  readonly trust?: JobTrust;
  /** Makes traces. Absent: none are made. */
  readonly tracing?: RunTracing;
  /** How many tasks there are has changed, or something ended at a server. */
  readonly onChange: () => void;
}
