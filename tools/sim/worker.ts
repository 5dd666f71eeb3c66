/** Runs schedules, one seed after another, in a thread of its own. */
import { parentPort, workerData } from "node:worker_threads";
import { isPlanted, plant } from "./planted.ts";

/** What a seed came to. */
export interface SeedReport {
  readonly seed: number;
  /** Empty: nothing was violated. */
  readonly lines: readonly string[];
  readonly peerMs: number;
  readonly events: number;
}

/** Violations shown of one seed. */
const SHOWN = 8;

// Set by schedules.ts.
const { planted, jobs } = workerData as { readonly planted: string | undefined; readonly jobs: boolean };
if (planted !== undefined && isPlanted(planted)) plant(planted);
// After the hook, so that it is loaded with the fault.
const { runJobSchedule, runSchedule } = await import("@skein/runtime/testing");
const port = parentPort;
if (port === null) throw new Error("this file runs as a worker thread");

let reject: ((error: unknown) => void) | undefined;
process.on("unhandledRejection", (error) => reject?.(error));

async function report(seed: number): Promise<SeedReport> {
  try {
    const unhandled = new Promise<never>((_resolve, fail) => {
      reject = fail;
    });
    if (jobs) {
      const { plan, violations } = await Promise.race([runJobSchedule(seed), unhandled]);
      const lines = violations.length === 0 ? [] : [...plan, ...violations.slice(0, SHOWN)];
      return { seed, lines, peerMs: 0, events: 0 };
    }
    const { plan, violations, virtualMs, peers, events } = await Promise.race([runSchedule(seed), unhandled]);
    const shown = violations.slice(0, SHOWN).map(({ rule, atMs, text }) => `  ${atMs.toFixed(0)} ms: ${rule}: ${text}`);
    const more = violations.length > SHOWN ? [`  and ${violations.length - SHOWN} more`] : [];
    const lines = violations.length === 0 ? [] : [plan, ...shown, ...more];
    return { seed, lines, peerMs: virtualMs * peers, events };
  } catch (error) {
    return {
      seed,
      lines: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
      peerMs: 0,
      events: 0,
    };
  }
}

port.on("message", (seed: number) => {
  void (async () => port.postMessage(await report(seed)))();
});
