/** What is done to a job's tasks from outside its program, at its client: cancelled, sent to, given other code; another weight. */
import { type Procedures } from "../contracts/procedures.ts";
import { ACT_WAIT_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type CodeDigest, type TaskId } from "../ids.ts";
import { type CodeShipper, type ShippedCode } from "./code-shipper.ts";
import { type JobRuns } from "./job-runs.ts";
import { type Run } from "./run.ts";
import { type UpgradeRun, type UpgradeTask } from "./act-words.ts";

export interface JobActsOptions {
  readonly runs: JobRuns;
  readonly procedures: Procedures;
  readonly shipper: CodeShipper;
  /** The job's bundles. */
  readonly codes: () => readonly ShippedCode[];
  /** A bundle of any job of the client. */
  readonly codeOf: (digest: CodeDigest) => ShippedCode | undefined;
}

export class JobActs {
  readonly #options: JobActsOptions;

  constructor(options: JobActsOptions) {
    this.#options = options;
  }

  /** Its bundle of that digest. */
  code(digest: CodeDigest): ShippedCode | undefined {
    return this.#options.codes().find((one) => one.digest === digest);
  }

  /** Whether the task is the job's, and has not ended. */
  has(task: TaskId): boolean {
    return this.#find(task) !== undefined;
  }

  /** Cancels those of the tasks that are the job's. @returns them */
  cancel(tasks: ReadonlySet<TaskId>, reason: string): readonly TaskId[] {
    const { runs } = this.#options;
    return runs.those(tasks).map((run) => {
      runs.cancelRun(run, reason, undefined);
      return run.id;
    });
  }

  /** @throws {SkeinError} `MAILBOX_FULL`, `TASK_UNKNOWN`, `TIMEOUT` */
  async send(task: TaskId, value: unknown): Promise<void> {
    const run = this.#needed(task);
    // One that has no server keeps it until it has.
    if (run.running) await run.deliver(value, { timeoutMs: ACT_WAIT_MS });
    else run.send(value);
  }

  /**
   * Gives a task that is at a server other code; its attempts to come begin with the code it was started with.
   * @throws {SkeinError} `TASK_UNKNOWN`, `CODE_UNKNOWN`, `UPGRADE_REFUSED`, `TIMEOUT`
   */
  async upgrade({ task, digest, fn }: UpgradeTask): Promise<void> {
    const { procedures, shipper, codeOf } = this.#options;
    const { lease, serial } = this.#needed(task);
    if (lease === undefined) {
      throw new SkeinError("UPGRADE_REFUSED", "the task has no server yet", { hint: "try again when it runs" });
    }
    const code = codeOf(digest);
    const node = { peer: lease.server.peer, server: 0 };
    if (code !== undefined) await shipper.ensure(node.peer, [code]);
    else if ((await procedures.call(node, "node.code.has", { digest })) !== true) throw unknownCode(digest);
    const words: UpgradeRun = { lease: lease.id, serial, code: digest, fn };
    await procedures.call(lease.server, "server.upgrade", words, { timeoutMs: ACT_WAIT_MS });
  }

  #find(task: TaskId): Run | undefined {
    return this.#options.runs.those(new Set([task]))[0];
  }

  #needed(task: TaskId): Run {
    const run = this.#find(task);
    if (run !== undefined) return run;
    throw new SkeinError("TASK_UNKNOWN", "the task has ended", { hint: "only tasks that run or wait can be reached" });
  }
}

function unknownCode(digest: CodeDigest): SkeinError {
  return new SkeinError("CODE_UNKNOWN", `neither the task's client nor its node has the bundle ${digest}`, {
    hint: "run the program that has the new code once, so that it is brought to the node",
  });
}
