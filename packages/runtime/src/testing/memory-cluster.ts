/** A whole cluster in one process, for tests: real peers on a network in memory, servers that are runtimes; code is a table. */
import { type Client, createClient } from "../cluster/client.ts";
import { type Bundle, type CodeStore, type JobFolder, type NodeLoad } from "../cluster/contracts.ts";
import { startNode } from "../cluster/node.ts";
import { type Node, type NodeOptions } from "../cluster/node-options.ts";
import { type ImportCode } from "../cluster/server-code.ts";
import { type Scheduler, startScheduler } from "../cluster/scheduler.ts";
import { ordersIn } from "../cluster/scheduler-kept.ts";
import { type Location, type Role } from "../contracts/endpoint.ts";
import { type CodeDigest, type JobId, type PeerId } from "../ids.ts";
import { createPeer } from "../peer/peer.ts";
import { type PeerHost, type PeerOptions } from "../peer/peer-host.ts";
import { memoryPeerStore } from "../peer/peer-store.ts";
import { type Platform } from "../platform.ts";
import { createRuntime } from "../task/runtime.ts";
import { type CodeTable, CodeTables } from "./code-tables.ts";
import { MemoryFileStore } from "./memory-file-store.ts";
import { createMemoryNetwork, type MemoryNetwork } from "./memory-network.ts";
import { MemoryServerHost } from "./memory-server-host.ts";

const LOAD: NodeLoad = { cpuIdleShare: 1, memoryFreeBytes: 1, swapFreeBytes: 1, diskFreeBytes: 1 };

export class MemoryCluster {
  readonly network: MemoryNetwork;
  readonly #platform: Platform;
  readonly #code: CodeTables;
  readonly #peers = new Map<string, PeerHost>();
  readonly #hosts = new Map<string, MemoryServerHost>();
  readonly #folders = new Map<string, MemoryFileStore>();
  /** Schedulers, nodes and clients that were started, to be closed with the cluster. */
  readonly #parts: { close(options?: { readonly cancel?: boolean }): PromiseLike<unknown> | void }[] = [];
  /** The owner of the cluster is its scheduler; another one after a restart has the same identity. */
  readonly #store = memoryPeerStore();

  readonly #options: Pick<PeerOptions, "lingerMs">;

  /** `lingerMs` is that of all its peers. */
  constructor(platform: Platform, options: Pick<PeerOptions, "lingerMs"> = {}) {
    this.#platform = platform;
    this.#options = options;
    this.#code = new CodeTables(platform);
    this.network = createMemoryNetwork(platform);
  }

  async startScheduler(): Promise<{ readonly scheduler: Scheduler; readonly peer: PeerHost }> {
    const peer = await this.#owner();
    const scheduler = startScheduler(peer, { orders: await ordersIn(this.#store) });
    this.#parts.push(scheduler);
    return { scheduler, peer };
  }

  async startNode(
    name: string,
    servers: number,
    code: CodeStore = new MemoryCodeStore(),
    { alter = asItIs, ...more }: MemoryNodeOptions = {},
  ): Promise<{ readonly node: Node; readonly peer: PeerHost; readonly host: MemoryServerHost }> {
    const peer = await this.peer(name, ["node"]);
    const importCode: ImportCode = async (digest) => alter(this.#code.byDigest(digest));
    const host = new MemoryServerHost(this.#platform, peer.id, servers, importCode, code);
    this.#hosts.set(name, host);
    const { location } = await this.#owner();
    const folders = { open: async (job: JobId) => this.#folder(name, job) };
    const options = { scheduler: location, host, code, folders, name, platform: "test-x64", load: () => LOAD, ...more };
    const node = startNode(peer, options);
    this.#parts.push(node);
    return { node, peer, host };
  }

  async startClient(name: string): Promise<Client<PeerHost>> {
    const peer = await this.peer(name, ["client"]);
    const client = createClient(peer, {
      scheduler: await this.schedulerLocation(),
      bundler: this.#code.bundler,
      importModule: async (url) => this.#code.table(url),
    });
    this.#parts.push(client);
    return client;
  }

  /** A member of the cluster by that name, which no other has. */
  async peer(name: string, roles: readonly Role[]): Promise<PeerHost> {
    const owner = await this.#owner();
    return await this.#start(name, { invite: await owner.invite({ roles }) });
  }

  /** Whoever has an invite joins by it. */
  async join(name: string, invite: string): Promise<PeerHost> {
    return await this.#start(name, { invite });
  }

  async schedulerLocation(): Promise<Location> {
    return (await this.#owner()).location;
  }

  idOf(name: string): PeerId {
    return this.locationOf(name).peer;
  }

  locationOf(name: string): Location {
    const peer = this.#peers.get(name);
    if (peer === undefined) throw new TypeError(`no peer was started as ${name}`);
    return peer.location;
  }

  /** The machine of a peer is gone, with its server processes. */
  async crash(name: string): Promise<void> {
    await this.#peers.get(name)?.close({ cancel: true });
    await this.#hosts.get(name)?.close();
    this.#peers.delete(name);
  }

  async close(): Promise<void> {
    for (const part of this.#parts.splice(0).toReversed()) await part.close({ cancel: true });
    await Promise.all(Array.from(this.#peers.keys(), (name) => this.crash(name)));
  }

  /** The files of a job at a node, by their paths; `undefined` when the node keeps none of it. */
  filesAt(node: string, job: JobId): MemoryFileStore["files"] | undefined {
    return this.#folders.get(`${node}/${job}`)?.files;
  }

  /** Makes a module of these functions; its URL is for `openJob` and `job.module`. */
  module(name: string, table: CodeTable, lacks: Bundle["lacks"] = []): URL {
    return this.#code.module(name, table, lacks);
  }

  #folder(node: string, job: JobId): JobFolder {
    const path = `${node}/${job}`;
    const store = new MemoryFileStore();
    this.#folders.set(path, store);
    return { store, path, remove: async () => void this.#folders.delete(path) };
  }

  async #owner(): Promise<PeerHost> {
    return this.#peers.get(OWNER) ?? (await this.#start(OWNER, { store: this.#store }));
  }

  async #start(name: string, options: PeerOptions): Promise<PeerHost> {
    const runtime = createRuntime({ platform: this.#platform });
    const { network } = this.network;
    const peer = await createPeer(this.#platform, {
      name,
      listen: [`/memory/${name}`],
      network,
      runtime,
      ...this.#options,
      ...options,
    });
    this.#peers.set(name, peer);
    return peer;
  }
}

const OWNER = "scheduler";
const asItIs = (table: CodeTable): CodeTable => table;

export interface MemoryNodeOptions extends Partial<Pick<NodeOptions, "labels" | "platform" | "load" | "kind">> {
  /** What it runs in place of a job's functions: a machine that lies. */
  readonly alter?: (table: CodeTable) => CodeTable;
}

export class MemoryCodeStore implements CodeStore {
  readonly #codes = new Set<CodeDigest>();
  /** When set, nothing more is taken. */
  full = false;
  readonly #refusal = Promise.withResolvers<void>();
  /** Resolves once something was not taken. */
  readonly refused: Promise<void> = this.#refusal.promise;

  get size(): number {
    return this.#codes.size;
  }

  has(digest: CodeDigest): boolean {
    return this.#codes.has(digest);
  }
  /** Everything has made room for other code. */
  clear(): void {
    this.#codes.clear();
  }
  async put(digest: CodeDigest): Promise<void> {
    if (this.full) {
      this.#refusal.resolve();
      throw new Error("no space left on the disk");
    }
    this.#codes.add(digest);
  }
  urlOf(digest: CodeDigest): string {
    return `memory:${digest}`;
  }
}
