/** The nodes and servers a job knows, and what happens to them, for its log and for `job.nodes()` and `job.servers()`. */
import { type NodeId, type ServerId, serverId } from "../ids.ts";
import { type NodeInfo, type ServerInfo } from "./contracts.ts";
import { type ClusterEventBody, type EventError } from "./events.ts";
import { type Granted } from "./words.ts";

/** A node as a job sees it. */
export interface JobNode extends NodeInfo {
  /** `known`: the job has had no server there; `ready`: it is set up; `skipped`: it could not be, and is not used. */
  readonly state: "known" | "ready" | "skipped";
}

/** A server that a job holds. */
export interface JobServer extends ServerInfo {
  /** `preparing` while it gets code, files and set-up; `ready` when it takes tasks. */
  readonly state: "preparing" | "ready";
}

export class JobNodes {
  readonly #record: (event: ClusterEventBody) => void;
  readonly #nodes = new Map<NodeId, NodeInfo>();
  /** Of nodes that the job has used, also while a new scheduler does not know them yet. */
  readonly #states = new Map<NodeId, "ready" | "skipped">();
  readonly #servers = new Map<ServerId, JobServer>();
  /** What the nodes of these servers are called, also when they have left. */
  readonly #names = new Map<ServerId, string>();

  constructor(record: (event: ClusterEventBody) => void) {
    this.#record = record;
  }

  get nodes(): readonly JobNode[] {
    return Array.from(this.#nodes.values(), (node) => ({ ...node, state: this.#states.get(node.id) ?? "known" }));
  }

  get servers(): readonly JobServer[] {
    return [...this.#servers.values()];
  }

  /** What people call a server that the job holds, as `maxi/2`. */
  nameOf(id: ServerId): string {
    return this.#names.get(id) ?? id;
  }

  node(id: NodeId): NodeInfo | undefined {
    return this.#nodes.get(id);
  }

  /** The nodes of the cluster, by a scheduler that was just found. */
  standing(nodes: readonly NodeInfo[]): void {
    const present = new Set(nodes.map(({ id }) => id));
    for (const id of this.#nodes.keys()) if (!present.has(id)) this.#nodes.delete(id);
    for (const node of nodes) this.#discovered(node);
  }

  /** What the scheduler tells of the cluster. */
  happened(event: ClusterEventBody): void {
    switch (event.type) {
      case "node.ready":
        this.#discovered(event.node);
        return;
      case "node.closed":
      case "node.lost":
        this.#nodes.delete(event.node.id);
        this.#states.delete(event.node.id);
        this.#record(event);
        return;
      default:
        this.#record(event);
    }
  }

  granted({ node, server, kind }: Granted): void {
    this.#discovered(node);
    const info: ServerInfo = { id: serverId(node.id, server), node: node.id, kind };
    this.#servers.set(info.id, { ...info, state: "preparing" });
    this.#names.set(info.id, `${node.name}/${server}`);
    this.#record({ type: "server.discovered", server: info });
  }

  /** The server takes tasks from now on. */
  ready(id: ServerId): void {
    const server = this.#servers.get(id);
    if (server === undefined || server.state === "ready") return;
    this.nodeReady(server.node);
    this.#servers.set(id, { ...server, state: "ready" });
    this.#record({ type: "server.ready", server: infoOf(server) });
  }

  nodeReady(id: NodeId): void {
    const node = this.#nodes.get(id);
    if (node === undefined || this.#states.get(id) === "ready") return;
    this.#states.set(id, "ready");
    this.#record({ type: "node.ready", node });
  }

  /** Its set-up is gone: it is set up again when it is used again. */
  nodeForgotten(id: NodeId): void {
    this.#states.delete(id);
  }

  nodeSkipped(id: NodeId, error: EventError): void {
    const node = this.#nodes.get(id);
    if (node === undefined || this.#states.get(id) === "skipped") return;
    this.#states.set(id, "skipped");
    this.#record({ type: "node.skipped", node, error });
  }

  /** The job holds it no more. `told`: an event has said so already. */
  gone(id: ServerId, told: boolean, error?: EventError): void {
    const server = this.#servers.get(id);
    if (server === undefined) return;
    this.#servers.delete(id);
    this.#names.delete(id);
    if (told) return;
    const words = { type: "server.closed", server: infoOf(server) } as const;
    this.#record(error === undefined ? words : { ...words, error });
  }

  #discovered(node: NodeInfo): void {
    const known = this.#nodes.has(node.id) || this.#states.has(node.id);
    this.#nodes.set(node.id, node);
    if (!known) this.#record({ type: "node.discovered", node });
  }
}

const infoOf = ({ id, node, kind }: ServerInfo): ServerInfo => ({ id, node, kind });
