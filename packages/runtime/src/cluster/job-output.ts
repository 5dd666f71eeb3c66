/** What a job's servers print: told by their nodes, it becomes log events of the job. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type JobId, type NodeId, serverId } from "../ids.ts";
import { SECOND_MS } from "../units.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type ClusterEventBody } from "./events.ts";
import { type Lease } from "./lease.ts";
import { type Run } from "./run.ts";
import { type StackMaps } from "./stack-maps.ts";
import { type Printed, type RunLog, type Unparked } from "./words.ts";

/** How long a node is waited for to tell what its servers have printed. */
const REST_MS: number = SECOND_MS;

export class JobOutput {
  readonly #job: JobId;
  readonly #maps: StackMaps;
  readonly #record: (event: ClusterEventBody) => void;
  /** Nodes whose servers the job has, or had. */
  readonly #nodes = new Set<NodeId>();

  constructor(job: JobId, maps: StackMaps, record: (event: ClusterEventBody) => void) {
    this.#job = job;
    this.#maps = maps;
    this.#record = record;
  }

  /** Lines of its servers are taken from now on. */
  add(node: NodeId): void {
    this.#nodes.add(node);
  }

  printed({ server: number, lines, omitted }: Printed, from: Endpoint): void {
    if (from.server !== 0 || !this.#nodes.has(from.peer)) return;
    const job = this.#job;
    const server = serverId(from.peer, number);
    for (const { stream, ...words } of lines) {
      const text = this.#maps.text(words.text);
      this.#record({ type: "log", job, server, level: stream === "stdout" ? "info" : "warn", ...words, text });
    }
    if (omitted === 0) return;
    this.#record({ type: "log", job, server, level: "warn", text: "output.omitted", fields: { lines: omitted } });
  }

  /** A process was not kept for the job's next turn at its server: what its tasks had there is gone. */
  unparked({ server, why }: Unparked, from: Endpoint): void {
    if (from.server !== 0 || !this.#nodes.has(from.peer)) return;
    const error = { code: "SERVER_LOST", message: `its process was not kept: ${why}` };
    const info = { id: serverId(from.peer, server), node: from.peer, kind: "cpu" } as const;
    this.#record({ type: "server.closed", server: info, error });
  }

  /** What a server logs that is of none of its tasks. */
  logged({ text, ...log }: Omit<RunLog, "serial">, from: Endpoint): void {
    const server = serverId(from.peer, from.server);
    this.#record({ type: "log", job: this.#job, server, ...log, text: this.#maps.text(text) });
  }

  /** Waits until the nodes have told what was printed until now. */
  async rest(peer: ClusterPeer, leases: Iterable<Lease<Run>>): Promise<void> {
    const answers = Array.from(leases, async ({ id, server }) => {
      // Its answer comes after the lines.
      const node = { peer: server.peer, server: 0 };
      await peer.procedures.call(node, "node.check", { lease: id }, { timeoutMs: REST_MS });
    });
    await Promise.allSettled(answers); // one that is gone tells nothing more
  }
}
