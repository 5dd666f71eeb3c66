/** The made-up cluster in real time, as a source for the page. */
import type { Topic } from "@skein/runtime";
import type { ClusterObserver, ClusterSource, ClusterWatching } from "../model/source.ts";
import { simulatedActs } from "./simulated-acts.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";
import { simulatedObserved } from "./simulated-observed.ts";
import type { SimulatedOptions } from "./simulated-parts.ts";

const BATCH_MS = 250;
const HOSTILE = "<img src=x onerror=alert(1)>";

const LOAD_FNS = ["parse", "index", "score", "merge", "sort", "emit"].map((name) => [name, 45] as const);
const NODES = [
  ["maxi", 4],
  ["workbench", 2],
  ["attic", 2],
  ["Ada’s phone", 1, "tab-chromium"],
] as const;

/** 5,000 events a second come of 96 servers whose tasks take 55 ms: each task is created, begins and ends. */
const LOAD_NODES = Array.from({ length: 8 }, (_, index) => [`rack-${index + 1}`, 12] as const);

/** More than a table shows at once. */
const MANY_NODES = Array.from({ length: 450 }, (_, index) => [`tab-${index + 1}`, 1] as const);

/** What the address asks for: `?state=empty|idle|many|ended|hostile|locked|connecting`, else a busy cluster. */
export function simulatedSource(state: string | null, seconds = 90): ClusterSource {
  return {
    watch(observer: ClusterObserver): ClusterWatching {
      if (state === "connecting" || state === "locked") {
        observer.connection({ phase: state });
        return { [Symbol.dispose]: () => {} };
      }
      const cluster = new SimulatedCluster({
        // Each watch is another cluster: React's strict mode begins twice.
        epoch: Date.now(),
        startMs: Math.floor((Date.now() - seconds * 1000) / 1000) * 1000,
        retryShare: 0.008,
        logShare: 0.1,
        nodes: nodesOf(state),
      });
      observer.connection({ phase: "live" });
      observer.snapshot(cluster.snapshot());
      observer.access?.({
        roles: state === "viewer" ? ["viewer"] : ["operator", "viewer"],
        acts: simulatedActs(cluster, (events) => observer.events(events)),
      });
      if (state === null || state === "busy" || state === "ended") {
        cluster.open(
          "concordance of node_modules",
          6400,
          [
            ["tokenise", 140],
            ["countWords", 60],
            ["longestLine", 30],
          ],
          120,
        );
        cluster.open("thumbnails", 420, [["thumbnail", 700]], 24);
        cluster.open("fit the tides", 90, [["fitTides", 2600]], 40);
        cluster.open("warm-up", 40, [["noop", 30]]);
      }
      if (state === "load") cluster.open("load", 10_000_000, LOAD_FNS, 100_000);
      if (state === "hostile") cluster.open(HOSTILE, 900, [[HOSTILE, 200]]);
      const busy = state !== "idle" && state !== "empty";
      for (let at = 0; at < seconds; at += 1) {
        observer.events(cluster.advance(1000));
        if (!busy) continue;
        if (at === 30 || at === 71) observer.events(cluster.lose(at === 30 ? 2 : 4));
      }
      if (state === "ended") observer.connection({ phase: "ended", sinceMs: Date.now() - 134_000 });
      let topics: readonly Topic[] = [];
      const timer = setInterval(() => {
        // As much as has passed: a busy page is told later, and not less.
        if (state !== "ended") observer.events(cluster.advance(Date.now() - cluster.nowMs - BATCH_MS));
        observer.observed?.(topics.flatMap((topic) => simulatedObserved(cluster, topic)));
      }, BATCH_MS);
      return {
        setTopics: (next) => {
          topics = next;
        },
        [Symbol.dispose]: () => clearInterval(timer),
      };
    },
  };
}

function nodesOf(state: string | null): NonNullable<SimulatedOptions["nodes"]> {
  if (state === "empty") return [];
  if (state === "many") return MANY_NODES;
  return state === "load" ? LOAD_NODES : NODES;
}
