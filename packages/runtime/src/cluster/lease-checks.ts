/** Finds out what has become of a server that may be gone: asks its node, or waits for one that is away. */
import { type Location } from "../contracts/endpoint.ts";
import { CALL_TIMEOUT_MS, RECONNECT_FIRST_MS, RECONNECT_MOST_MS } from "../defaults.ts";
import { type ErrorCode, errorFrom, isSkeinError, SkeinError } from "../errors.ts";
import { type LeaseId, type NodeId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type JobRuns } from "./job-runs.ts";
import { type Lease, type LeaseStanding } from "./lease.ts";
import { type Run } from "./run.ts";
import { type LossKind } from "./run-retries.ts";
import { type Checked, type ServerState } from "./words.ts";

export interface LeaseChecksOptions {
  readonly peer: ClusterPeer;
  readonly runs: JobRuns;
  readonly logger: Logger;
  /** Whether tasks wait for a node that is lost. */
  readonly waitsFor: (node: NodeId) => boolean;
  /** It stands, with what runs there, and is to be made ready again. */
  readonly prepare: (lease: Lease<Run>) => void;
  /** It stands as before. */
  readonly standing: (lease: Lease<Run>, before: LeaseStanding) => void;
  readonly gone: (lease: Lease<Run>, code: ErrorCode, cause: Error, kind: LossKind) => void;
  /** What was asked has an answer. */
  readonly checked: (lease: Lease<Run>) => void;
}

/** The node may still have it: nothing it says is past doubt. */
const UNCERTAIN: LossKind = { certain: false, died: false };

export class LeaseChecks {
  readonly #options: LeaseChecksOptions;
  readonly #places = new WeakMap<Lease<Run>, Location>();
  /** Leases at nodes that are away: how they stood, and what ends the pause before the next try. */
  readonly #away = new Map<LeaseId, { readonly lease: Lease<Run>; readonly why: Error; wake: () => void }>();
  #closed = false;

  constructor(options: LeaseChecksOptions) {
    this.#options = options;
  }

  /** Where the lease's node is found. */
  learn(lease: Lease<Run>, location: Location): void {
    this.#places.set(lease, location);
  }

  /** Asks the node whether the lease stands: its answer comes after everything the process had said. */
  async check(lease: Lease<Run>, why: Error): Promise<void> {
    const { runs } = this.#options;
    const { standing } = lease;
    if (standing === "checking" || standing === "gone") return;
    runs.book.stand(lease, "checking");
    await this.#ask(lease, standing, why, true);
  }

  /** The connection to its node is lost: it is waited for, or the lease is given up. */
  nodeLost(lease: Lease<Run>, why: Error): void {
    const { runs, waitsFor, gone } = this.#options;
    const { standing } = lease;
    if (standing === "gone" || this.#away.has(lease.id)) return;
    // What asks about it hears of the loss, too.
    if (standing === "checking") return;
    if (standing === "preparing" || isSkeinError(why, "NOT_A_MEMBER") || !waitsFor(lease.server.peer)) {
      gone(lease, "PEER_LOST", why, UNCERTAIN);
      return;
    }
    runs.book.stand(lease, "checking");
    void this.#wait(lease, standing, why);
  }

  /** Gives up leases at nodes that are away: of one node, or all. */
  giveUpAway(node: NodeId | undefined): void {
    for (const { lease, why, wake } of this.#away.values()) {
      if (node !== undefined && lease.server.peer !== node) continue;
      this.#options.gone(lease, "PEER_LOST", why, UNCERTAIN);
      wake();
    }
  }

  close(): void {
    this.#closed = true;
    for (const { wake } of this.#away.values()) wake();
  }

  /** `heardAll`: the connection to the node held since, so that nothing its servers said is lost. */
  async #ask(lease: Lease<Run>, standing: LeaseStanding, why: Error, heardAll: boolean): Promise<void> {
    const { peer, waitsFor, gone, prepare, standing: stands, checked } = this.#options;
    try {
      const { standing: there, died } = await this.#nodeSays(lease);
      if (lease.standing !== "checking") return;
      if (!there) {
        gone(lease, "SERVER_LOST", why, { certain: heardAll, died: died === true });
        return;
      }
      if (lease.inFlight.size > 0) await this.#compare(lease, why);
      if (lease.standing !== "checking") return;
      if (standing === "preparing") prepare(lease);
      else stands(lease, standing);
    } catch (error) {
      if (lease.standing !== "checking") return;
      const silent = isSkeinError(error, "PEER_LOST") || isSkeinError(error, "TIMEOUT");
      if (isSkeinError(error, "SERVER_LOST")) await this.#ask(lease, standing, error, heardAll);
      else if (silent && waitsFor(lease.server.peer) && lease.server.peer !== peer.id) {
        await this.#wait(lease, standing, errorFrom(error));
      } else
        gone(lease, "PEER_LOST", isSkeinError(error, "NAME_UNKNOWN") ? nodeEnded(error) : errorFrom(error), UNCERTAIN);
    } finally {
      checked(lease);
    }
  }

  /** Tries to reach the node until it is there, or is given up. */
  async #wait(lease: Lease<Run>, standing: LeaseStanding, why: Error): Promise<void> {
    const { peer, logger } = this.#options;
    const location = this.#places.get(lease) ?? { peer: lease.server.peer, addresses: [] };
    const away = { lease, why, wake: (): void => undefined };
    this.#away.set(lease.id, away);
    logger.warn("node.awaited", { node: lease.server.peer, tasks: lease.inFlight.size, error: why.message });
    for (let attempt = 0; lease.standing === "checking" && !this.#closed; attempt += 1) {
      try {
        await peer.connect(location);
        break;
      } catch (error) {
        logger.debug("node.unreachable", { node: lease.server.peer, error: errorFrom(error).message });
      }
      await this.#pause(attempt, away);
    }
    this.#away.delete(lease.id);
    if (lease.standing === "checking" && !this.#closed) await this.#ask(lease, standing, why, false);
  }

  async #pause(attempt: number, away: { wake: () => void }): Promise<void> {
    const { platform } = this.#options.peer.runtime;
    const mostMs = Math.min(RECONNECT_MOST_MS, RECONNECT_FIRST_MS * 2 ** Math.min(attempt, 10));
    await new Promise<void>((resolve) => {
      const timer = platform.startTimer(mostMs * (0.5 + platform.random() / 2), resolve);
      away.wake = () => {
        platform.stopTimer(timer);
        resolve();
      };
    });
    away.wake = () => undefined;
  }

  async #nodeSays(lease: Lease<Run>): Promise<Checked> {
    const node = { peer: lease.server.peer, server: 0 };
    const { procedures } = this.#options.peer;
    // Answered by a node of ours.
    return (await procedures.call(node, "node.check", { lease: lease.id }, { timeoutMs: CALL_TIMEOUT_MS })) as Checked;
  }

  /** What was said to the server is lost where it has not come, and what it said while nobody heard it is said again. */
  async #compare(lease: Lease<Run>, why: Error): Promise<void> {
    const { peer, runs } = this.#options;
    const words = { lease: lease.id, serials: [...lease.inFlight.keys()] };
    // One that computes answers when it is done; one that is lost ends the wait.
    const answer = await peer.procedures.call(lease.server, "server.state", words, { timeoutMs: Infinity });
    // Answered by a server of ours, after it has told the ends that were not heard.
    const { received, open } = answer as ServerState;
    if (lease.standing !== "checking") return;
    const there = new Set(open);
    const serials = [...lease.inFlight.keys()];
    runs.takeBack(
      lease,
      serials.filter((serial) => serial > received),
    );
    runs.losses.attemptsLost(
      lease,
      serials.filter((serial) => serial <= received && !there.has(serial)),
      errorFrom(why),
    );
  }
}

/** The peer is there, but is no node any more. */
const nodeEnded = (cause: unknown): SkeinError =>
  new SkeinError("PEER_LOST", "it has ended as a node", {
    hint: "it was stopped, or its service hours are over; give run() retries if the task may run elsewhere",
    cause,
  });
