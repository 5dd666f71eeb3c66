/** Acts on the made-up cluster: each is taken, and what can be shown of it is told as events. */
import {
  type ClusterActs,
  type ClusterEvent,
  type ClusterEventBody,
  op,
  type Operation,
  SkeinError,
} from "@skein/runtime";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import { simulatedInvites } from "./simulated-invites.ts";

export function simulatedActs(cluster: SimulatedCluster, tell: (events: readonly ClusterEvent[]) => void): ClusterActs {
  const done = <T>(value: T, ...bodies: readonly ClusterEventBody[]): Operation<T> =>
    op(function* () {
      for (const body of bodies) tell(cluster.tell(body));
      return value;
    });
  return {
    pauseIntake: (on) => done(undefined, { type: on ? "cluster.paused" : "cluster.resumed" }),
    steer(verb, at) {
      const { nodes, servers } = cluster.snapshot();
      const how = verb === "resume" ? "resumed" : "paused";
      const node = nodes.find(({ id }) => id === at);
      const server = servers.find(({ id }) => id === at);
      if (verb === "restart") return done(undefined);
      if (node !== undefined) return done(undefined, { type: `node.${how}`, node });
      return server === undefined ? done(undefined) : done(undefined, { type: `server.${how}`, server });
    },
    cancelJob: () => done({ heard: true }),
    cancelTasks: (tasks) => done({ cancelled: tasks, unknown: [] }),
    setWeight(id, weight) {
      const job = cluster.snapshot().jobs.find((one) => one.id === id);
      return job === undefined ? done(undefined) : done(undefined, { type: "job.changed", job: { ...job, weight } });
    },
    sendToTask: () => done(undefined),
    upgradeTask: () =>
      op(function* () {
        throw new SkeinError("CODE_UNKNOWN", "no node here has that bundle", { hint: "this cluster is made up" });
      }),
    restartChild: () => done(undefined),
    unsubscribe: () => done(undefined),
    disconnect: () => done(undefined),
    ...simulatedInvites(cluster, tell),
  };
}
