/** What the places of the made-up cluster show of themselves: enough to see each view at work. */
import type { LinkInfo, Observed, TaskId, Topic } from "@skein/runtime";
import { simulatedChannels, simulatedSupervision } from "./simulated-below.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import { simulatedCode } from "./simulated-code.ts";
import { nodeId } from "./simulated-parts.ts";

/** What every place shows of `topic` now. */
export function simulatedObserved(cluster: SimulatedCluster, topic: Topic): readonly Observed[] {
  if (topic === "links") return links(cluster);
  if (topic === "channels") return simulatedChannels(cluster);
  if (topic === "supervision") return simulatedSupervision(cluster);
  if (topic === "code") return simulatedCode(cluster);
  if (topic.startsWith("logs:")) return logs(cluster, topic);
  if (topic.startsWith("task:")) return task(cluster, topic);
  return [];
}

const SCHEDULER = nodeId(8);

/** Everybody has a connection with the scheduler. */
function links(cluster: SimulatedCluster): readonly Observed[] {
  const { nodes, timeMs } = cluster.snapshot();
  const link = (peer: LinkInfo["peer"], name: string, index: number): LinkInfo => ({
    peer,
    name,
    roles: [index < 0 ? "scheduler" : "node"],
    transport: index === nodes.length - 1 ? "webrtc" : "tcp",
    suspected: false,
    bytesIn: Math.floor((timeMs % 1e9) * (180 + 40 * index)),
    bytesOut: Math.floor((timeMs % 1e9) * (420 + 60 * index)),
    framesIn: Math.floor((timeMs % 1e9) * 0.06),
    framesOut: Math.floor((timeMs % 1e9) * 0.09),
    rttMs: 0.4 + index * 3,
    openedMs: 1,
  });
  const scheduler = {
    topic: "links",
    at: { peer: SCHEDULER, server: 0 },
    timeMs,
    name: "maxi",
    role: "scheduler",
    links: nodes.map((node, index) => link(node.id, node.name, index)),
  } as const;
  return [
    scheduler,
    ...nodes.map(({ id, name, kind }, index) => ({
      topic: "links" as const,
      at: { peer: id, server: 0 },
      timeMs,
      name,
      role: kind,
      links: [link(SCHEDULER, "maxi", -1 - index)],
    })),
  ];
}

function task(cluster: SimulatedCluster, topic: Topic): readonly Observed[] {
  // A task's topic is its id after the colon.
  const id = topic.slice("task:".length) as TaskId;
  const { timeMs } = cluster.snapshot();
  const child = (number: number, name: string, state: "running" | "waiting"): typeof word => ({
    id: `t_${String(900_000 + number).padStart(26, "0")}` as TaskId,
    name,
    state,
    mailbox: 0,
  });
  const word = { id, name: "tokenise", state: "waiting" as "running" | "waiting", mailbox: 3 };
  return [
    {
      // As the one that was asked for.
      topic: topic as `task:${TaskId}`,
      at: { peer: nodeId(0), server: 1 },
      timeMs,
      task: {
        ...word,
        waitsFor: "a message",
        mailboxTexts: ['{"line":"It was the best of times"}', '{"line":"it was the worst"}', '"flush"'],
        parents: [child(1, "concordance", "waiting")],
        children: [child(2, "readLines", "running"), child(3, "count", "waiting")],
        attempt: 1,
        sinceMs: timeMs - 420,
        cpuMs: 38,
      },
    },
  ];
}

/** What the first node logs of itself, a line every ten seconds. */
function logs(cluster: SimulatedCluster, topic: Topic): readonly Observed[] {
  const { timeMs } = cluster.snapshot();
  const line = Math.floor(timeMs / 10_000);
  return [
    {
      // As the one that was asked for.
      topic: topic as "logs:info",
      at: { peer: nodeId(0), server: 0 },
      timeMs,
      lines: [{ line, timeMs: line * 10_000, level: "info", text: "server.replaced", fields: { server: "3" } }],
    },
  ];
}
