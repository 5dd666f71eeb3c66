/** A scheduler's counts as metrics for Prometheus, made when they are asked for. */
import { Counter, Gauge, Registry } from "prom-client";
import type { ClusterSnapshot, JobCounters, PeerHost } from "@skein/runtime";
import type { Scheduler } from "@skein/runtime/network";
import { Grown } from "./grown.ts";

export interface MetricsSource {
  readonly scheduler: Pick<Scheduler, "snapshot" | "totals" | "watching">;
  readonly peer: Pick<PeerHost, "links" | "cluster">;
}

type Labels = Readonly<Record<string, string>>;
type Row = readonly [labels: Labels, value: number];

/** Nodes with series of their own; tabs come and go, and are counted only. */
const NODES_LIMIT = 500;

/** A registry that looks at the cluster whenever it is read. */
export function clusterMetrics({ scheduler, peer }: MetricsSource): Registry {
  const registry = new Registry();
  const gauge = (name: string, help: string, rows: (now: ClusterSnapshot) => Iterable<Row>): void => {
    const made = new Gauge({
      name: `skein_${name}`,
      help,
      labelNames: LABELS,
      registers: [registry],
      collect: () => {
        made.reset();
        for (const [labels, value] of rows(scheduler.snapshot())) made.set(labels, value);
      },
    });
  };
  const counter = (name: string, help: string, rows: () => Iterable<Row>): void => {
    const made = new Counter({
      name: `skein_${name}`,
      help,
      labelNames: LABELS,
      registers: [registry],
      collect: () => {
        made.reset();
        for (const [labels, value] of rows()) made.inc(labels, value);
      },
    });
  };
  aboutNodes(gauge);
  aboutWork(gauge, counter, scheduler);
  aboutLinks(gauge, counter, peer);
  gauge("cluster_info", "1, with the cluster's id.", () => [[{ cluster: peer.cluster }, 1]]);
  gauge("watchers", "Consoles, commands and programs that follow events.", () => [[{}, scheduler.watching().watchers]]);
  counter("watcher_missed_events_total", "Events that watchers asked for and were no longer kept (gaps).", () => [
    [{}, scheduler.watching().missed],
  ]);
  counter("events_total", "Events of nodes, servers and jobs, by type.", () =>
    Array.from(scheduler.totals.events, ([type, count]): Row => [{ type }, count]),
  );
  return registry;
}

const LABELS = ["node", "peer", "kind", "state", "standing", "exit", "type", "transport", "direction", "cluster"];

type AddGauge = (name: string, help: string, rows: (now: ClusterSnapshot) => Iterable<Row>) => void;
type AddCounter = (name: string, help: string, rows: () => Iterable<Row>) => void;

function aboutNodes(gauge: AddGauge): void {
  gauge("nodes", "Nodes and tabs that are here, by what they do.", ({ nodes }) =>
    countBy(nodes, ({ kind, standing = "working" }) => ({ kind, standing })),
  );
  gauge("servers", "Servers, by kind and state.", ({ servers }) =>
    countBy(servers, ({ kind, state }) => ({ kind, state })),
  );
  gauge("servers_busy", "Servers that run a task.", ({ servers }) => [
    [{}, servers.filter(({ counters }) => counters.running > 0).length],
  ]);
  for (const [name, help, key] of [
    ["node_cpu_idle_ratio", "Idle share of all CPUs of a node, 0 to 1.", "cpuIdleShare"],
    ["node_memory_free_bytes", "Memory that programs of a node can still get.", "memoryFreeBytes"],
    ["node_swap_free_bytes", "Free swap of a node.", "swapFreeBytes"],
    ["node_disk_free_bytes", "Free space of the disk that has a node's data directory.", "diskFreeBytes"],
  ] as const) {
    gauge(name, help, ({ nodes }) =>
      nodes
        .filter(({ kind }) => kind === "node")
        .slice(0, NODES_LIMIT)
        .map((node): Row => [{ node: node.name, peer: node.id }, node.load[key]]),
    );
  }
}

function aboutWork(gauge: AddGauge, counter: AddCounter, scheduler: MetricsSource["scheduler"]): void {
  gauge("jobs", "Jobs that are open, by state.", ({ jobs }) => countBy(jobs, ({ state }) => ({ state })));
  gauge("servers_wanted", "Servers that open jobs could use now.", ({ jobs }) => [
    [{}, sum(jobs, (job) => job.demand)],
  ]);
  gauge("servers_held", "Servers that open jobs hold.", ({ jobs }) => [[{}, sum(jobs, (job) => job.held)]]);
  gauge("tasks_running", "Tasks of open jobs that run.", ({ jobs }) => [
    [{}, sum(jobs, (job) => job.counters.running)],
  ]);
  gauge("tasks_waiting", "Tasks of open jobs that wait for a server, or at one.", ({ jobs }) => [
    [{}, sum(jobs, (job) => waitingOf(job.counters))],
  ]);
  gauge("intake_paused", "1 while the cluster begins nothing.", ({ intake }) => [[{}, intake === undefined ? 0 : 1]]);
  const { tasks } = scheduler.totals;
  counter("tasks_submitted_total", "Tasks that jobs were given.", () => [[{}, tasks.submitted]]);
  counter("tasks_ended_total", "Tasks that ended, by how.", () => [
    [{ exit: "returned" }, tasks.done],
    [{ exit: "failed" }, tasks.failed],
    [{ exit: "cancelled" }, tasks.cancelled],
    [{ exit: "lost" }, tasks.lost],
  ]);
  counter("tasks_retried_total", "Attempts that were begun again after their server was lost.", () => [
    [{}, tasks.retried],
  ]);
  counter("results_rejected_total", "Late results of attempts that had been given up.", () => [[{}, tasks.rejected]]);
  const busyMs = new Grown();
  counter("server_busy_seconds_total", "Time that servers ran tasks.", () => {
    const now = scheduler.snapshot().servers.map(({ counters }) => [counters.server, counters.busyMs] as const);
    return [[{}, busyMs.take(new Map(now)) / 1000]];
  });
}

function aboutLinks(gauge: AddGauge, counter: AddCounter, peer: MetricsSource["peer"]): void {
  gauge("links", "Peers connected with the scheduler's, by what carries the connection.", () =>
    countBy(peer.links(), ({ transport }) => ({ transport })),
  );
  const bytes = new Map<string, Grown>();
  counter("link_bytes_total", "Bytes over the scheduler's connections, before encryption.", () => {
    const links = peer.links();
    return [...new Set([...links.map(({ transport }) => transport), ...transportsOf(bytes)])].flatMap((transport) =>
      (["in", "out"] as const).map((direction): Row => {
        const grown = grownOf(bytes, `${transport} ${direction}`);
        const now = links
          .filter((link) => link.transport === transport)
          .map((link) => [`${link.peer} ${link.openedMs}`, direction === "in" ? link.bytesIn : link.bytesOut] as const);
        return [{ transport, direction }, grown.take(new Map(now))];
      }),
    );
  });
}

const transportsOf = (bytes: ReadonlyMap<string, Grown>): string[] =>
  [...bytes.keys()].map((key) => key.slice(0, key.indexOf(" ")));

function grownOf(grown: Map<string, Grown>, key: string): Grown {
  const known = grown.get(key) ?? new Grown();
  grown.set(key, known);
  return known;
}

const waitingOf = ({ submitted, running, done, failed, cancelled, lost }: JobCounters): number =>
  Math.max(0, submitted - running - done - failed - cancelled - lost);

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function countBy<T>(items: readonly T[], labelsOf: (item: T) => Labels): Row[] {
  const counts = new Map<string, [Labels, number]>();
  for (const item of items) {
    const labels = labelsOf(item);
    const key = Object.values(labels).join(" ");
    const known = counts.get(key);
    if (known === undefined) counts.set(key, [labels, 1]);
    else known[1] += 1;
  }
  return [...counts.values()];
}
