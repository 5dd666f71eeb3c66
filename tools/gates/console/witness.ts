/** An operator's program beside the console: hears and asks the cluster itself what is done there. */
import {
  type ClusterActs,
  clusterActs,
  type ClusterEvent,
  type ClusterSnapshot,
  type ClusterWatch,
  type Location,
  type Observed,
  type PeerHost,
  type Topic,
  watchCluster,
} from "@skein/runtime";
import { type JoinedCluster, joinCluster } from "../../../packages/node-server/src/join-cluster.ts";
import { until } from "./person.ts";

type Of<T extends Topic> = Extract<Observed, { readonly topic: T; readonly gone?: never }>;

export class Witness {
  readonly #joined: JoinedCluster;
  readonly #watch: ClusterWatch;
  readonly events: ClusterEvent[] = [];
  readonly #observed = new Map<string, Observed>();

  private constructor(joined: JoinedCluster) {
    this.#joined = joined;
    this.#watch = watchCluster(joined.peer, {
      scheduler: joined.scheduler,
      onSnapshot: () => this.#observed.clear(),
      onEvents: (events) => void this.events.push(...events),
      onObserved: (observed) => {
        for (const one of observed) this.#observed.set(`${one.topic} ${one.at.peer}/${one.at.server}`, one);
      },
      topics: ["links", "channels", "supervision", "code"],
    });
  }

  /** Of the cluster whose data directory `SKEIN_DATA` names. */
  static async join(): Promise<Witness> {
    return new Witness(await joinCluster(undefined, { name: "witness" }));
  }

  get peer(): PeerHost {
    return this.#joined.peer;
  }

  get scheduler(): Location {
    return this.#joined.scheduler;
  }

  get acts(): ClusterActs {
    const { peer, scheduler } = this.#joined;
    return clusterActs(peer.procedures, { peer: scheduler.peer, server: 0 });
  }

  async status(): Promise<ClusterSnapshot> {
    const { peer, scheduler } = this.#joined;
    // Answered by a scheduler of ours.
    return (await peer.procedures.call(
      { peer: scheduler.peer, server: 0 },
      "scheduler.status",
      undefined,
    )) as ClusterSnapshot;
  }

  /** What places show of it now. */
  of<T extends "links" | "channels" | "supervision" | "code">(topic: T): readonly Of<T>[] {
    return [...this.#observed.values()].filter((one): one is Of<T> => one.topic === topic && one.gone !== true);
  }

  /** Waits until the cluster stands so. */
  async sees<T>(what: string, look: (snapshot: ClusterSnapshot) => T | undefined | false): Promise<T> {
    return await until(`${what} in the cluster`, async () => look(await this.status()));
  }

  async close(): Promise<void> {
    this.#watch.close();
    await this.#joined.peer.close({ cancel: true });
    this.#joined.end?.();
  }
}
