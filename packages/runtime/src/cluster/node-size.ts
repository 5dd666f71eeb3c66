/** How many CPU servers a node has, and how that changes while it serves. */
import { type Operation } from "../contracts/operation.ts";
import { CANCEL_GRACE_MS } from "../defaults.ts";
import { type Platform } from "../platform.ts";
import { Deferred } from "../task/deferred.ts";
import { type Lane } from "./lane.ts";
import { type SchedulerLink } from "./scheduler-link.ts";
import { type NodeHold } from "./words.ts";

/** How often servers that go are looked at. */
const LOOK_MS = 50;

export interface NodeSizeParts {
  readonly servers: number;
  readonly platform: Platform;
  readonly lanes: Map<number, Lane>;
  readonly link: () => SchedulerLink;
  readonly newLane: (server: number) => void;
  readonly isClosing: () => boolean;
}

export class NodeSize {
  /** CPU servers, numbered from 1. */
  servers: number;
  /** It is changing: nothing new is taken. */
  changing = false;
  readonly #parts: NodeSizeParts;

  constructor(parts: NodeSizeParts) {
    this.#parts = parts;
    this.servers = parts.servers;
  }

  /** What runs on servers that go may end for `graceMs`; then they are closed. A change while it changes does nothing. */
  change(servers: number, graceMs: number = CANCEL_GRACE_MS): Operation<void> {
    const changed = new Deferred<void>("the node's servers to change").ignore();
    this.#change(servers, graceMs).then(
      () => changed.resolve(),
      (error: unknown) => changed.reject(error),
    );
    return changed;
  }

  async #change(servers: number, graceMs: number): Promise<void> {
    const { lanes, link, newLane, isClosing } = this.#parts;
    if (isClosing() || this.changing || servers === this.servers) return;
    this.changing = true;
    try {
      const hold: NodeHold = { on: true };
      // What was given before the scheduler heard this has arrived, and was refused, by its answer.
      await link().call("scheduler.node.hold", hold);
      const going = Array.from(lanes.values()).filter(({ kind, server }) => kind === "cpu" && server > servers);
      await this.#ended(going, graceMs);
      for (const lane of going) {
        lane.close();
        lanes.delete(lane.server);
      }
      const before = this.servers;
      this.servers = servers;
      for (let server = before + 1; server <= servers && !isClosing(); server += 1) newLane(server);
    } finally {
      this.changing = false;
    }
    // It says how many there are, and whether the node holds.
    if (!isClosing()) await link().again();
  }

  /** Resolves when nothing runs on them any more, or after `mostMs`. */
  async #ended(lanes: readonly Lane[], mostMs: number): Promise<void> {
    const { platform, isClosing } = this.#parts;
    const endMs = platform.now() + mostMs;
    const runs = ({ assigned, report }: Lane): boolean => assigned !== undefined && report.running > 0;
    while (lanes.some(runs) && platform.now() < endMs && !isClosing()) {
      await new Promise<void>((resolve) => void platform.startTimer(LOOK_MS, resolve));
    }
  }
}
