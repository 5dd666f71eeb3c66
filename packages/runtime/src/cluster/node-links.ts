/** Lets connections to nodes go that no job of a client has used for a while: they stay, and are not made again. */
import { NODE_LINK_IDLE_MS } from "../defaults.ts";
import { type NodeId } from "../ids.ts";
import { type Platform, type TimerHandle } from "../platform.ts";

export interface NodeLinksOptions {
  readonly platform: Platform;
  /** Whether a job holds a server there, or has files or set-ups there. */
  readonly inUse: (node: NodeId) => boolean;
  readonly release: (node: NodeId) => void;
}

export class NodeLinks {
  readonly #options: NodeLinksOptions;
  /** When each was last seen in use. */
  readonly #used = new Map<NodeId, number>();
  #timer: TimerHandle = undefined;
  #closed = false;

  constructor(options: NodeLinksOptions) {
    this.#options = options;
  }

  /** A job was given a server there, and connects. */
  used(node: NodeId): void {
    const { platform } = this.#options;
    this.#used.set(node, platform.now());
    if (!this.#closed) this.#timer ??= platform.startTimer(NODE_LINK_IDLE_MS, this.#look);
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== undefined) this.#options.platform.stopTimer(this.#timer);
    this.#timer = undefined;
  }

  readonly #look = (): void => {
    const { platform, inUse, release } = this.#options;
    const nowMs = platform.now();
    this.#timer = undefined;
    for (const [node, usedMs] of this.#used) {
      if (inUse(node)) this.#used.set(node, nowMs);
      else if (nowMs - usedMs >= NODE_LINK_IDLE_MS) {
        this.#used.delete(node);
        release(node);
      }
    }
    if (this.#used.size > 0) this.#timer = platform.startTimer(NODE_LINK_IDLE_MS, this.#look);
  };
}
