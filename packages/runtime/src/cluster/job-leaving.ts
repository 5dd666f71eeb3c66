/** What a job does when one of its tasks has it close a server or a node, or renew the server's process. */
import { type Endpoint, sameEndpoint } from "../contracts/endpoint.ts";
import { type Operation } from "../contracts/operation.ts";
import { CANCEL_GRACE_MS } from "../defaults.ts";
import { type NodeId, type ServerId, serverId } from "../ids.ts";
import { type JobRuns } from "./job-runs.ts";
import { type JobSetup } from "./job-setup.ts";
import { type JobSteering } from "./job-steering.ts";
import { type Leave } from "./setup-words.ts";

export interface JobLeavingOptions {
  readonly runs: JobRuns;
  readonly setup: JobSetup;
  readonly steering: JobSteering;
}

export class JobLeaving {
  readonly #options: JobLeavingOptions;

  constructor(options: JobLeavingOptions) {
    this.#options = options;
  }

  leave({ lease: id, what, restart, cancel }: Leave, from: Endpoint): void {
    const { runs, setup, steering } = this.#options;
    const lease = runs.book.leases.get(id);
    if (lease === undefined || !sameEndpoint(lease.server, from)) return;
    const { peer, server } = from;
    const at = what === "node" ? peer : serverId(peer, server);
    const grace = cancel ? { graceMs: CANCEL_GRACE_MS } : {};
    const renews = what === "server" && restart;
    const act = renews ? steering.restart(at, grace) : this.#takeOut(at, cancel);
    act.then(
      () => (what === "node" ? setup.leave(peer) : undefined),
      () => undefined,
    );
  }

  #takeOut(at: NodeId | ServerId, cancel: boolean): Operation<void> {
    const { steering } = this.#options;
    return cancel ? steering.stop(at, { graceMs: CANCEL_GRACE_MS }) : steering.drain(at);
  }
}
