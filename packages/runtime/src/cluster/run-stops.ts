/** Ends tasks before their time: by a limit, by a signal, at their server, and by force past their grace. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { CANCEL_GRACE_MS, CANCEL_KILL_AFTER_MS } from "../defaults.ts";
import { errorFrom, SkeinError } from "../errors.ts";
import { type LeaseId } from "../ids.ts";
import { type Platform } from "../platform.ts";
import { timeoutError } from "../task/limits.ts";
import { type Lease } from "./lease.ts";
import { type Run } from "./run.ts";

/** Characters of a reason that a task sees while it computes. */
const REASON_LIMIT = 200;

export interface RunStopsOptions {
  readonly platform: Platform;
  readonly tell: (server: Endpoint, name: string, words: unknown) => void;
  readonly kill: (lease: LeaseId, server: Endpoint) => void;
  readonly cancel: (run: Run, reason: unknown) => void;
  readonly fail: (run: Run, error: SkeinError) => void;
  /** Why it has no server. */
  readonly waitsFor: (run: Run) => string;
}

export class RunStops {
  readonly #options: RunStopsOptions;

  constructor(options: RunStopsOptions) {
    this.#options = options;
  }

  /** Sets what its options say about its end. */
  limit(run: Run): void {
    const { timeoutMs, signal } = run.options;
    if (timeoutMs === undefined && signal === undefined) return;
    const timer =
      timeoutMs === undefined || timeoutMs === Infinity
        ? undefined
        : this.#options.platform.startTimer(timeoutMs, () => this.#timeOut(run, this.#timeError(run, timeoutMs)));
    const onAbort = (): void => this.#options.cancel(run, signal?.reason);
    run.limits = () => {
      if (timer !== undefined) this.#options.platform.stopTimer(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  }

  #timeError(run: Run, timeoutMs: number): SkeinError {
    const error = timeoutError(`task ${run.name}`, timeoutMs);
    if (run.lease !== undefined) return error;
    const waited = run.attempt === 1 ? "it has not begun" : `attempt ${run.attempt} has not begun`;
    return new SkeinError("TIMEOUT", `${error.message}; ${waited}: ${this.#options.waitsFor(run)}`, {
      hint: "skein status shows what there is; allow more time with timeoutMs, or ask for less",
    });
  }

  #timeOut(run: Run, error: SkeinError): void {
    if (run.state === "ended") return;
    this.#options.fail(run, error);
    if (run.lease !== undefined) this.stopThere(run, run.lease, error, undefined);
  }

  /** Cancels it at its server; one that runs on past its grace has its process ended. */
  stopThere(run: Run, lease: Lease<Run>, reason: unknown, graceMs: number | undefined): void {
    run.stopGraceMs = graceMs ?? CANCEL_GRACE_MS;
    run.cancelReason = reason;
    this.#tellCancel(run, lease, reason, graceMs);
    if (!run.started) return;
    this.#tellNode(run, lease, reason, graceMs);
    run.cancelling = true;
    this.#killLater(run, lease);
  }

  /** It was told to stop before it was known that it had started: it computes by now, perhaps. */
  startedLate(run: Run, lease: Lease<Run>): void {
    this.#tellNode(run, lease, run.cancelReason, run.stopGraceMs);
    this.#killLater(run, lease);
  }

  /** Ends its server's process when it has not stopped after the grace it was given. */
  #killLater(run: Run, lease: Lease<Run>): void {
    if (run.killTimer !== undefined) this.#options.platform.stopTimer(run.killTimer);
    run.killTimer = this.#options.platform.startTimer(run.stopGraceMs + CANCEL_KILL_AFTER_MS, () => {
      if (run.lease === lease && run.started) this.#options.kill(lease.id, lease.server);
    });
  }

  /** While it computes, its process takes nothing from its link: the node has another way to tell it. */
  #tellNode(run: Run, lease: Lease<Run>, reason: unknown, graceMs: number | undefined): void {
    const text = reason instanceof Error ? reason.message : reason;
    const words = {
      lease: lease.id,
      serial: run.serial,
      ...(typeof text === "string" ? { reason: text.slice(0, REASON_LIMIT) } : {}),
      ...(graceMs === undefined ? {} : { graceMs }),
    };
    this.#options.tell({ peer: lease.server.peer, server: 0 }, "node.cancel", words);
  }

  #tellCancel(run: Run, lease: Lease<Run>, reason: unknown, graceMs: number | undefined): void {
    const words = { lease: lease.id, serial: run.serial, ...(graceMs === undefined ? {} : { graceMs }) };
    try {
      this.#options.tell(lease.server, "server.cancel", { ...words, reason });
    } catch {
      // A reason that can't travel is told as text.
      this.#options.tell(lease.server, "server.cancel", { ...words, reason: errorFrom(reason).message });
    }
  }
}
