/** Tasks that need memory run only at servers that the scheduler gave for them: of others in hand it is asked first. */
import { CLAIM_AGAIN_MS } from "../defaults.ts";
import { type LeaseId, type PeerId } from "../ids.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type Want } from "./want.ts";
import { type Lease, type LeaseBook } from "./lease.ts";
import { type Run } from "./run.ts";

export interface MemoryClaimsOptions {
  readonly platform: Platform;
  readonly book: LeaseBook<Run>;
  /** Whether the want may have the server: its node has the memory by now. Never rejects. */
  readonly claim: (lease: LeaseId, want: number) => Promise<boolean>;
  readonly pumpSoon: () => void;
}

/** Whether only a server that was given for the want will do. */
export const needsMemory = ({ needs, beside }: Want): boolean => needs?.memoryBytes !== undefined && !beside;

export class MemoryClaims {
  readonly #options: MemoryClaimsOptions;
  /** Servers that are asked for, and those that were given and have had no task since. */
  readonly #kept = new Map<Lease<Run>, Want>();
  /** Wants of which one is being asked for. */
  readonly #asking = new Set<Want>();
  /** Nodes that have too little for a want, until it is asked again. */
  readonly #refused = new Map<Want, Set<PeerId>>();
  #timer: TimerHandle = undefined;

  constructor(options: MemoryClaimsOptions) {
    this.#options = options;
  }

  /** Lets go of servers that nothing waits for any more, and of those that are no longer there. */
  tidy(): void {
    for (const [lease, want] of this.#kept) {
      if (this.#asking.has(want)) continue;
      if (want.queue.size === 0 || lease.standing === "gone" || lease.standing === "closing") this.#letGo(lease);
    }
  }

  /** The want got its task there. */
  used(lease: Lease<Run>): void {
    if (this.#kept.size > 0) this.#letGo(lease);
  }

  /** Tasks of the want wait: asks for one more server in hand, one at a time. */
  look(want: Want, fits: (lease: Lease<Run>) => boolean): void {
    if (this.#asking.has(want) || this.#keptFor(want) >= want.queue.size) return;
    const lease = this.#candidate(want, fits);
    if (lease === undefined) return;
    this.#asking.add(want);
    this.#keep(lease, want);
    // What the job needs is told at the end of this turn; the scheduler has to know of the want.
    this.#options.platform.microtask(() => void this.#ask(lease, want));
  }

  close(): void {
    if (this.#timer !== undefined) this.#options.platform.stopTimer(this.#timer);
    this.#timer = undefined;
  }

  async #ask(lease: Lease<Run>, want: Want): Promise<void> {
    const { claim, pumpSoon } = this.#options;
    const given = await claim(lease.id, want.n);
    this.#asking.delete(want);
    if (given) lease.want = want.n;
    else {
      this.#letGo(lease);
      this.#refuse(want, lease.server.peer);
    }
    pumpSoon();
  }

  /** One that is idle, else one that works: it comes next there. */
  #candidate(want: Want, fits: (lease: Lease<Run>) => boolean): Lease<Run> | undefined {
    const refused = this.#refused.get(want);
    let busy: Lease<Run> | undefined;
    for (const lease of this.#options.book.leases.values()) {
      const { kind, standing, held, keptFor, server } = lease;
      if (kind !== want.kind || standing !== "ready" || held || keptFor !== undefined || lease.want === want.n)
        continue;
      if (refused?.has(server.peer) === true || !fits(lease)) continue;
      if (lease.inFlight.size === 0) return lease;
      busy ??= lease;
    }
    return busy;
  }

  #keptFor(want: Want): number {
    let count = 0;
    for (const other of this.#kept.values()) if (other === want) count += 1;
    return count;
  }

  #keep(lease: Lease<Run>, want: Want): void {
    lease.keptFor = want.n;
    this.#kept.set(lease, want);
  }

  #letGo(lease: Lease<Run>): void {
    if (this.#kept.delete(lease)) lease.keptFor = undefined;
  }

  #refuse(want: Want, node: PeerId): void {
    const { platform, pumpSoon } = this.#options;
    const nodes = this.#refused.get(want);
    if (nodes === undefined) this.#refused.set(want, new Set([node]));
    else nodes.add(node);
    this.#timer ??= platform.startTimer(CLAIM_AGAIN_MS, () => {
      this.#timer = undefined;
      this.#refused.clear();
      pumpSoon();
    });
  }
}
