/** How what places say of their connections becomes bytes and frames a second. */
import type { Observed } from "@skein/runtime";
import type { ClusterModel } from "./cluster-model.ts";
import type { SecondHistory } from "./history.ts";

type Links = Exclude<Extract<Observed, { readonly topic: "links" }>, { readonly gone: true }>;

/** What a place sent between two of its words; each connection counts at the end that sends. */
export function countTraffic(model: ClusterModel, before: Links, now: Links): void {
  const known = new Map(before.links.map((link) => [link.peer, link]));
  let bytes = 0;
  let frames = 0;
  for (const link of now.links) {
    const last = known.get(link.peer);
    // Of a connection that began meanwhile, all of it.
    const same = last !== undefined && last.openedMs === link.openedMs;
    bytes += Math.max(0, link.bytesOut - (same ? last.bytesOut : 0));
    frames += Math.max(0, link.framesOut - (same ? last.framesOut : 0));
  }
  spread(model.sentBytes, bytes, before.timeMs, now.timeMs);
  spread(model.sentFrames, frames, before.timeMs, now.timeMs);
}

/** Over the seconds that it took. */
function spread(history: SecondHistory, amount: number, fromMs: number, untilMs: number): void {
  const seconds = Math.max(1, Math.min(60, Math.round((untilMs - fromMs) / 1000)));
  for (let second = 0; second < seconds; second += 1) history.add(untilMs - second * 1000, amount / seconds);
}
