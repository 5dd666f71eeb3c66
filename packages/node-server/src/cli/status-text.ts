/** What `skein status` prints of a cluster: its nodes with their servers, and its jobs. Pure. */
import type { ClusterSnapshot, JobCounters, JobInfo, NodeId, NodeInfo, ServerStanding } from "@skein/runtime";
import type { ConnectedPeer } from "./connected-peers.ts";
import { count } from "./count.ts";
import { nameOf, serversOf, standingOf } from "./jobs-text.ts";
import { duration, size } from "./numbers.ts";
import { shortId } from "./short-id.ts";
import { table } from "./table.ts";

/** Tables of nodes, servers and jobs, and of the connected peers where these may be seen, for people. */
export function statusText(snapshot: ClusterSnapshot, peers: readonly ConnectedPeer[] = []): string {
  const { nodes, servers, jobs, intake, timeMs } = snapshot;
  const busy = servers.filter((server) => server.counters.running > 0).length;
  const headline = `${count(nodes.length, "node")}, ${count(servers.length, "server")} (${busy} busy), ${count(jobs.length, "job")}`;
  return [
    headline,
    ...(intake === undefined ? [] : ["The intake is paused: nothing begins before skein resume --intake."]),
    nodes.length === 0
      ? "No node has joined: run skein node INVITE on a machine (skein invite makes one)."
      : nodeTable(nodes, servers, timeMs),
    ...(servers.length === 0 ? [] : [serverTable(nodes, servers, jobs)]),
    ...(jobs.length === 0 ? [] : [jobTable(jobs)]),
    ...(peers.length === 0 ? [] : [peerTable(peers)]),
  ].join("\n\n");
}

/** The name of each node; where several have the same, with the end of their ids. */
function namesOf(nodes: readonly NodeInfo[]): ReadonlyMap<NodeId, string> {
  const times = new Map<string, number>();
  for (const { name } of nodes) times.set(name, (times.get(name) ?? 0) + 1);
  return new Map(nodes.map(({ id, name }) => [id, (times.get(name) ?? 0) > 1 ? `${name}#${id.slice(-4)}` : name]));
}

function nodeTable(nodes: readonly NodeInfo[], servers: readonly ServerStanding[], nowMs: number): string {
  const names = namesOf(nodes);
  return table(
    ["node", "id", "state", "platform", "up", "servers", "cpu", "memory free", "disk free", "labels"],
    nodes.map((node) => [
      names.get(node.id) ?? node.name,
      shortId(node.id),
      node.standing ?? "at work",
      node.platform,
      node.about?.startedMs === undefined ? "" : duration(Math.max(0, nowMs - node.about.startedMs)),
      String(servers.filter((server) => server.node === node.id).length),
      share(1 - node.load.cpuIdleShare),
      freeOf(node.load.memoryFreeBytes, node.about?.memoryBytes),
      freeOf(node.load.diskFreeBytes, node.about?.diskBytes),
      Object.entries(node.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(" "),
    ]),
  );
}

function serverTable(nodes: readonly NodeInfo[], servers: readonly ServerStanding[], jobs: readonly JobInfo[]): string {
  const nodeNames = namesOf(nodes);
  const jobNames = new Map(jobs.map((job) => [job.id, nameOf(job)]));
  return table(
    ["server", "kind", "state", "job", "runs", "done", "failed"],
    servers.map((server) => [
      `${nodeNames.get(server.node) ?? shortId(server.node)}/${server.id.split("/")[1] ?? "?"}`,
      server.kind,
      server.state,
      server.job === undefined ? "" : (jobNames.get(server.job) ?? shortId(server.job)),
      server.counters.fn ?? (server.counters.running > 0 ? count(server.counters.running, "task") : ""),
      String(server.counters.done),
      String(server.counters.failed),
    ]),
  );
}

function jobTable(jobs: readonly JobInfo[]): string {
  return table(
    ["job", "state", "client", "servers", "submitted", "running", "done", "failed", "lost", "retried"],
    jobs.map((job) => [nameOf(job), standingOf(job), shortId(job.client), serversOf(job), ...countsOf(job.counters)]),
  );
}

const countsOf = ({ submitted, running, done, failed, lost, retried }: JobCounters): string[] =>
  [submitted, running, done, failed, lost, retried].map(String);

/** With ids in full: they are what `skein revoke` and other programs take. */
function peerTable(peers: readonly ConnectedPeer[]): string {
  return table(
    ["peer", "id", "roles"],
    peers.map(({ peer, name, roles }) => [name, peer, roles.join(", ")]),
  );
}

const freeOf = (free: number, all: number | undefined): string =>
  all === undefined ? size(free) : `${size(free)} of ${size(all)}`;

const share = (value: number): string => `${Math.round(100 * value)} %`;
