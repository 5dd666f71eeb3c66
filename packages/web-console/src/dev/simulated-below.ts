/** Channels and supervisors of the made-up cluster. */
import type { ChannelId, ChannelInfo, Observed, SupervisedInfo, TaskId } from "@skein/runtime";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import { nodeId } from "./simulated-parts.ts";

const channelId = (index: number): ChannelId => `c_${String(index).padStart(26, "0")}` as ChannelId;
const taskId = (index: number): TaskId => `t_${String(800_000 + index).padStart(26, "0")}` as TaskId;

const CHANNELS = [
  { name: "readings", perSecond: 240, subscribers: 3, dropped: 0, behind: 12 },
  { name: "frames of camera 2", perSecond: 30, subscribers: 2, dropped: 418, behind: 64 },
  { name: "progress", perSecond: 4, subscribers: 5, dropped: 0, behind: 0 },
] as const;

export function simulatedChannels(cluster: SimulatedCluster): readonly Observed[] {
  const { nodes, timeMs } = cluster.snapshot();
  const [first, second] = nodes;
  if (first === undefined || second === undefined) return [];
  const seconds = (timeMs / 1000) % 1e6;
  const channels = CHANNELS.map((one, index): ChannelInfo => {
    const published = Math.floor(seconds * one.perSecond);
    return {
      id: channelId(index),
      name: one.name,
      published,
      delivered: published * one.subscribers - one.dropped,
      dropped: one.dropped,
      subscribers: Array.from({ length: one.subscribers }, (_, number) => ({
        id: taskId(index * 10 + number),
        kind: "task",
        to: { peer: (number === 0 ? first : second).id, server: number % 2 },
        name: ["sum", "store", "plot", "alarm", "count"][number] ?? "reader",
        ...(number === 2 ? {} : { waiting: number === 0 ? one.behind : 0 }),
        dropped: number === 0 ? one.dropped : 0,
      })),
    };
  });
  const readers = CHANNELS.map(({ name }, index) => ({
    id: taskId(index * 10 + 2),
    channel: channelId(index),
    name,
    of: { peer: first.id, server: 1 },
    waiting: Math.floor(seconds % 9),
  }));
  return [
    { topic: "channels", at: { peer: first.id, server: 1 }, timeMs, channels, readers: [] },
    { topic: "channels", at: { peer: second.id, server: 2 }, timeMs, channels: [], readers },
  ];
}

export function simulatedSupervision(cluster: SimulatedCluster): readonly Observed[] {
  const { timeMs } = cluster.snapshot();
  const child = (name: string, restarts: number, more: Partial<SupervisedInfo> = {}): SupervisedInfo => ({
    name,
    task: taskId(100 + name.length),
    state: "running",
    restarts,
    restart: "always",
    ...more,
  });
  const intensity = { restarts: 3, withinMs: 5000 };
  return [
    {
      topic: "supervision",
      at: { peer: nodeId(0), server: 1 },
      timeMs,
      supervisors: [
        {
          task: taskId(1),
          name: "weather station",
          strategy: "one-for-one",
          intensity,
          restartsWithin: 1,
          state: "running",
          children: [
            child("sensors", 0, { task: taskId(2), supervisor: true }),
            child("upload", 14, { to: { peer: nodeId(1), server: 2 } }),
            child("calibrate once", 0, { state: "ended", restart: "never" }),
          ],
        },
        {
          task: taskId(2),
          parent: taskId(1),
          name: "sensors",
          strategy: "rest-for-one",
          intensity,
          restartsWithin: 3,
          state: "running",
          children: [
            child("bus", 3),
            child("wind", 5, { state: "waiting" }),
            child("rain gauge", 0, { restart: "on-failure" }),
          ],
        },
      ],
    },
  ];
}
