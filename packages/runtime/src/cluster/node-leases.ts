/** Answers what holders of leases ask of a node about their servers, and renews servers that nobody has. */
import { type Caller, type Procedures } from "../contracts/procedures.ts";
import { type LeaseId } from "../ids.ts";
import { type Lane } from "./lane.ts";
import { parseCancelRun, parseJobOver, parseOfLease, parseRenew, parseUnpark } from "./schemas.ts";
import { type Checked } from "./words.ts";

export interface NodeLeasesOptions {
  readonly procedures: Procedures;
  readonly lanes: ReadonlyMap<number, Lane>;
  /** The server of a lease, where the caller holds it. */
  readonly laneOf: (lease: LeaseId, caller: Caller) => Lane | undefined;
}

export function handleLeases({ procedures, lanes, laneOf }: NodeLeasesOptions): readonly Disposable[] {
  const roles = ["scheduler"] as const;
  return [
    procedures.handle("node.check", { parse: parseOfLease }, ({ lease }, caller): Checked => {
      const lane = laneOf(lease, caller);
      lane?.flushOutput();
      if (lane !== undefined) return { standing: true };
      return { standing: false, died: [...lanes.values()].some(({ diedWith }) => diedWith === lease) };
    }),
    procedures.handle("node.refresh", { parse: parseOfLease }, async ({ lease }, caller) => {
      await laneOf(lease, caller)?.refresh();
    }),
    procedures.handle("node.renew", { parse: parseRenew, roles }, ({ server }) => {
      lanes.get(server)?.renew();
    }),
    procedures.handle("node.unpark", { parse: parseUnpark, roles }, ({ server }) => {
      for (const lane of lanes.values()) if (server === undefined || lane.server === server) lane.forgetAll();
    }),
    procedures.handle("node.job.over", { parse: parseJobOver, roles }, ({ job }) => {
      for (const lane of lanes.values()) lane.forgetJob(job);
    }),
    procedures.handle("node.kill", { parse: parseOfLease }, ({ lease }, caller) => laneOf(lease, caller)?.kill()),
    procedures.handle("node.cancel", { parse: parseCancelRun }, (cancel, caller) =>
      laneOf(cancel.lease, caller)?.cancel(cancel),
    ),
  ];
}
