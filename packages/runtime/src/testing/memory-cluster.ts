/** A whole cluster in one process, for tests: scheduler, nodes with servers that are runtimes, clients; code is a table. */
import { type Client, createClient } from "../cluster/client.ts";
import {
  type Bundler,
  type CodeStore,
  type NodeLoad,
  type ServerHost,
  type ServerProcess,
  type ServerProcessExit,
} from "../cluster/contracts.ts";
import { type Node, startNode } from "../cluster/node.ts";
import { type Scheduler, startScheduler } from "../cluster/scheduler.ts";
import { startServer } from "../cluster/server.ts";
import { type Location } from "../contracts/endpoint.ts";
import { SkeinError } from "../errors.ts";
import { type CodeDigest, type PeerId } from "../ids.ts";
import { type Platform } from "../platform.ts";
import { createRuntime } from "../task/runtime.ts";
import { MemoryNetwork, type MemoryPeer, MemoryProcess, MemoryServerLink } from "./memory-procedures.ts";

export type CodeTable = Readonly<Record<string, unknown>>;

const LOAD: NodeLoad = { cpuIdleShare: 1, memoryFreeBytes: 1, swapFreeBytes: 1, diskFreeBytes: 1 };

export class MemoryCluster {
  readonly network: MemoryNetwork;
  readonly #platform: Platform;
  readonly #modules = new Map<string, CodeTable>();
  readonly hosts: Map<string, MemoryServerHost> = new Map();
  readonly #schedulerName: string;

  constructor(platform: Platform, schedulerName = "scheduler") {
    this.#platform = platform;
    this.network = new MemoryNetwork(platform);
    this.#schedulerName = schedulerName;
  }

  get scheduler(): Location {
    // Names serve as ids here.
    return { peer: this.#schedulerName as PeerId, addresses: [] };
  }

  startScheduler(): { readonly scheduler: Scheduler; readonly peer: MemoryPeer } {
    const peer = this.#peer(this.#schedulerName, ["scheduler", "node", "client", "operator"]);
    return { scheduler: startScheduler(peer), peer };
  }

  startNode(
    name: string,
    servers: number,
    peer: MemoryPeer = this.#peer(name, ["node"]),
  ): { readonly node: Node; readonly peer: MemoryPeer; readonly host: MemoryServerHost } {
    const host = new MemoryServerHost(this.network, this.#platform, peer.id, servers, (digest) => this.#import(digest));
    this.hosts.set(name, host);
    const code = new MemoryCodeStore();
    const node = startNode(peer, {
      scheduler: this.scheduler,
      host,
      code,
      name,
      platform: "test-x64",
      load: () => LOAD,
    });
    return { node, peer, host };
  }

  startClient(name: string): Client<MemoryPeer> {
    const peer = this.#peer(name, ["client"]);
    return createClient(peer, {
      scheduler: this.scheduler,
      bundler: this.bundler,
      importModule: async (url) => this.#table(url),
    });
  }

  peer(name: string, roles: Parameters<MemoryNetwork["peer"]>[1]): MemoryPeer {
    return this.#peer(name, roles);
  }

  /** Makes a module of these functions; its URL is for `openJob` and `job.module`. */
  module(name: string, table: CodeTable): URL {
    const url = new URL(`memory:${name}`);
    this.#modules.set(url.href, table);
    return url;
  }

  readonly bundler: Bundler = {
    bundle: async (url) => {
      const table = this.#table(url);
      const code = new TextEncoder().encode(url.href);
      return {
        digest: this.#digest(url),
        code,
        exports: Object.keys(table).filter((key) => typeof table[key] === "function"),
        sourceMap: "",
      };
    },
  };

  #peer(name: string, roles: Parameters<MemoryNetwork["peer"]>[1]): MemoryPeer {
    return this.network.peer(name, roles, createRuntime({ platform: this.#platform }));
  }

  #table(url: URL): CodeTable {
    const table = this.#modules.get(url.href);
    if (table === undefined)
      throw new SkeinError("CODE_NOT_BUNDLABLE", `${url.href} can't be read`, { hint: "make it with module()" });
    return table;
  }

  #digest(url: URL): CodeDigest {
    const bytes = this.#platform.sha256(new TextEncoder().encode(url.href));
    // 64 hexadecimal digits, as isCodeDigest wants.
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") as CodeDigest;
  }

  async #import(digest: CodeDigest): Promise<CodeTable> {
    for (const [href, table] of this.#modules) if (this.#digest(new URL(href)) === digest) return table;
    throw new SkeinError("CODE_UNKNOWN", `no bundle ${digest}`, { hint: "ship it first" });
  }
}

class MemoryCodeStore implements CodeStore {
  readonly #codes = new Set<CodeDigest>();

  has(digest: CodeDigest): boolean {
    return this.#codes.has(digest);
  }
  async put(digest: CodeDigest): Promise<void> {
    this.#codes.add(digest);
  }
  urlOf(digest: CodeDigest): string {
    return `memory:${digest}`;
  }
}

export class MemoryServerHost implements ServerHost {
  readonly servers: number;
  /** Processes started so far, by server. */
  readonly started: Map<number, number> = new Map();
  readonly processes: Map<number, ServerProcess> = new Map();
  readonly #network: MemoryNetwork;
  readonly #platform: Platform;
  readonly #peer: PeerId;
  readonly #import: (digest: CodeDigest) => Promise<CodeTable>;

  constructor(
    network: MemoryNetwork,
    platform: Platform,
    peer: PeerId,
    servers: number,
    importCode: (digest: CodeDigest) => Promise<CodeTable>,
  ) {
    this.#network = network;
    this.#platform = platform;
    this.#peer = peer;
    this.servers = servers;
    this.#import = importCode;
  }

  async start(server: number): Promise<ServerProcess> {
    this.started.set(server, (this.started.get(server) ?? 0) + 1);
    const runtime = createRuntime({ platform: this.#platform });
    const process = new MemoryProcess(this.#network, { peer: this.#peer, server }, runtime);
    const link = new MemoryServerLink(process);
    const exited = Promise.withResolvers<ServerProcessExit>();
    const shell = startServer({ runtime, procedures: process, importCode: this.#import });
    shell.ready.catch(() => undefined);
    const kill = (): void => {
      if (process.dead) return;
      process.dead = true;
      link.close();
      shell.close();
      runtime.close({ cancel: true }).then(undefined, () => undefined);
      exited.resolve({ code: undefined, signal: "SIGKILL" });
    };
    const started: ServerProcess = { link, exited: exited.promise, kill };
    this.processes.set(server, started);
    return started;
  }

  async close(): Promise<void> {
    for (const process of this.processes.values()) process.kill();
  }
}
