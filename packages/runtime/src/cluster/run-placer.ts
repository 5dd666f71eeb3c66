/** Sends a job's queued tasks to its servers: which goes where, one batch for each server. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type LeaseId } from "../ids.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type JobWants } from "./job-wants.ts";
import { type Want } from "./want.ts";
import { type Lease, type LeaseBook, type Wanted } from "./lease.ts";
import { type Run } from "./run.ts";
import { IoSpread } from "./io-spread.ts";
import { MemoryClaims, needsMemory } from "./memory-claims.ts";
import { estimateOf, waitsUntil } from "./run-retries.ts";

export interface RunPlacerOptions {
  readonly platform: Platform;
  readonly wants: JobWants;
  readonly book: LeaseBook<Run>;
  readonly send: (lease: Lease<Run>, runs: readonly Run[]) => void;
  /** A server is used for another want than the one it was given for. */
  readonly moved: (lease: LeaseId, want: number) => void;
  /** Whether the scheduler lets a server serve that want from now on. Never rejects. */
  readonly claim: (lease: LeaseId, want: number) => Promise<boolean>;
  readonly pumpSoon: () => void;
}

export class RunPlacer {
  readonly #options: RunPlacerOptions;
  readonly #batches = new Map<Lease<Run>, Run[]>();
  readonly #claims: MemoryClaims;
  readonly #spread: IoSpread;
  /** Tasks that are to run alone keep others waiting. */
  #timer: TimerHandle = undefined;

  constructor(options: RunPlacerOptions) {
    this.#options = options;
    this.#claims = new MemoryClaims(options);
    this.#spread = new IoSpread(options);
  }

  close(): void {
    this.#claims.close();
    this.#spread.close();
    if (this.#timer !== undefined) this.#options.platform.stopTimer(this.#timer);
    this.#timer = undefined;
  }

  /** Sends what can be sent. */
  pump(): void {
    const { wants, send } = this.#options;
    const { all, simple } = wants;
    this.#claims.tidy();
    // The newest first: those that are content with few places choose before those that go anywhere.
    for (let i = all.length - 1; i >= 0; i -= 1) {
      const want = all[i];
      if (want !== undefined && want.queue.size > 0) this.#fill(want, simple);
    }
    for (const [lease, runs] of this.#batches) send(lease, runs);
    this.#batches.clear();
  }

  #fill(want: Want, simple: boolean): void {
    const { queue, n } = want;
    const fits = (server: Endpoint): boolean => this.#options.wants.fits(want, server);
    const own = needsMemory(want);
    const most = this.#spread.most(want, fits);
    const wanted = simple ? undefined : { n, own, node: want.node, most, fits };
    for (let run = queue.peek(); run !== undefined; run = queue.peek()) {
      // It may have ended, or wait elsewhere by now.
      if (run.state === "queued" && run.want === want) {
        const lease = this.#leaseFor(run, want, wanted);
        if (lease === undefined) {
          if (own) this.#claims.look(want, ({ server }) => fits(server));
          return;
        }
        this.#place(run, lease);
      }
      void queue.shift();
    }
  }

  #leaseFor(run: Run, want: Want, wanted: Wanted | undefined): Lease<Run> | undefined {
    const { book, moved, platform } = this.#options;
    if (want.kind === "io") return this.#beside(run, book.nextIo(wanted));
    if (want.beside && wanted !== undefined) return this.#beside(run, book.nextBeside(wanted));
    const lease = book.next(estimateOf(run, platform.now()), wanted);
    if (lease === undefined || lease.want === want.n) return lease;
    lease.want = want.n;
    moved(lease.id, want.n);
    return lease;
  }

  /** The I/O server, unless the task or the one that runs there is to be alone. */
  #beside(run: Run, lease: Lease<Run> | undefined): Lease<Run> | undefined {
    const { platform, pumpSoon } = this.#options;
    const nowMs = platform.now();
    const untilMs = lease === undefined ? undefined : waitsUntil(run, lease, nowMs);
    if (untilMs === undefined) return lease;
    this.#timer ??= platform.startTimer(untilMs - nowMs, () => {
      this.#timer = undefined;
      pumpSoon();
    });
    return undefined;
  }

  #place(run: Run, lease: Lease<Run>): void {
    const { book, platform } = this.#options;
    if (lease.inFlight.size === 0) lease.lastNewsMs = platform.now();
    run.state = "sent";
    run.lease = lease;
    run.serial = lease.nextSerial;
    run.estimateMs = estimateOf(run, platform.now());
    lease.nextSerial += 1;
    this.#claims.used(lease);
    book.sent(lease, run);
    const batch = this.#batches.get(lease);
    if (batch === undefined) this.#batches.set(lease, [run]);
    else batch.push(run);
  }
}
