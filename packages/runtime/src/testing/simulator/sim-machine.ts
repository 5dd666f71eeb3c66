/** A machine of the simulation: what stays of a peer when its process ends, and the process that runs now. */
import { createClient, type Client } from "../../cluster/client.ts";
import { startNode } from "../../cluster/node.ts";
import { type Node } from "../../cluster/node-options.ts";
import { startScheduler } from "../../cluster/scheduler.ts";
import { ordersIn } from "../../cluster/scheduler-kept.ts";
import type { Location, Role } from "../../contracts/endpoint.ts";
import { SkeinError, isSkeinError } from "../../errors.ts";
import type { CodeDigest } from "../../ids.ts";
import { startPeerHost } from "../../peer/peer.ts";
import type { PeerHost } from "../../peer/peer-host.ts";
import { memoryPeerStore } from "../../peer/peer-store.ts";
import { createRuntime, type Runtime } from "../../task/runtime.ts";
import { spawnIn } from "../../task/spawn.ts";
import type { CodeTables } from "../code-tables.ts";
import { MemoryCodeStore } from "../memory-cluster.ts";
import type { Kernel } from "./kernel.ts";
import type { SimNetwork } from "./sim-network.ts";
import { SimProcess } from "./sim-process.ts";
import { SimServerHost } from "./sim-server-host.ts";
import type { SimTask } from "./sim-task.ts";
import type { SimulatedPeerOptions } from "./types.ts";

/** Until a peer that could not join tries again. */
const JOIN_AGAIN_MS = 1000;
const MEMBER_ROLES: readonly Role[] = ["client", "node", "peer"];
const LOAD = { cpuIdleShare: 1, memoryFreeBytes: 2 ** 30, swapFreeBytes: 0, diskFreeBytes: 2 ** 30 };

/** What the machines of a world share. */
export interface MachineParts {
  readonly kernel: Kernel;
  readonly network: SimNetwork;
  readonly code: CodeTables;
  readonly random: () => number;
  /** An invite of these roles; `undefined` for who owns the cluster. */
  readonly inviteFor: (name: string, roles: readonly Role[]) => string | undefined;
  /** Where the scheduler is, once the first peer has started. */
  readonly scheduler: () => Location;
  readonly importCode: (digest: CodeDigest, process: SimProcess) => Readonly<Record<string, unknown>>;
  readonly onUnhandled: (peer: string, error: unknown) => void;
}

/** One life of the peer's process. */
interface Life {
  readonly process: SimProcess;
  readonly runtime: Runtime;
  readonly children: SimProcess[];
  readonly tasks: Set<SimTask>;
  peer: PeerHost | undefined;
  host: SimServerHost | undefined;
  node: Node | undefined;
  client: Client<PeerHost> | undefined;
}

export class SimMachine {
  readonly name: string;
  readonly options: SimulatedPeerOptions;
  /** Whether it is the scheduler of the cluster. */
  readonly schedules: boolean;
  readonly #parts: MachineParts;
  #store = memoryPeerStore();
  #wallAheadMs = 0;
  #lives = 0;
  #life: Life | undefined;

  constructor(name: string, options: SimulatedPeerOptions, schedules: boolean, parts: MachineParts) {
    this.name = name;
    this.options = options;
    this.schedules = schedules;
    this.#parts = parts;
  }

  get life(): Life | undefined {
    return this.#life;
  }

  get peer(): PeerHost {
    const peer = this.#life?.peer;
    if (peer !== undefined) return peer;
    throw new SkeinError("PEER_LOST", `the peer ${this.name} does not run`, { hint: "restart it, and wait for that" });
  }

  get client(): Client<PeerHost> {
    const { peer } = this;
    const life = this.#life;
    const { code, scheduler } = this.#parts;
    if (life === undefined) throw new SkeinError("PEER_LOST", `${this.name} does not run`, { hint: "restart it" });
    life.client ??= createClient(peer, {
      scheduler: scheduler(),
      bundler: code.bundler,
      importModule: (url) => Promise.resolve(code.table(url)),
    });
    return life.client;
  }

  /** Starts the peer's process; one of the two is called once it has joined and its program runs, or can't. */
  start(onStarted: () => void, onFailed: (error: unknown) => void): void {
    const { kernel } = this.#parts;
    this.#lives += 1;
    const process = this.#makeProcess(this.#lives === 1 ? this.name : `${this.name}:${this.#lives}`);
    const runtime = createRuntime({ platform: process.platform });
    process.runs(() => runtime.engine);
    const life: Life = {
      process,
      runtime,
      children: [],
      tasks: new Set(),
      peer: undefined,
      host: undefined,
      node: undefined,
      client: undefined,
    };
    this.#life = life;
    const attempt = (): void => {
      this.#join(life).then(onStarted, (error: unknown) => {
        // A seed that can't be reached now may be there in a moment.
        if (isSkeinError(error, "PEER_UNREACHABLE")) kernel.at(process, JOIN_AGAIN_MS, "join again", attempt);
        else onFailed(error);
      });
    };
    kernel.at(process, 0, "start", attempt);
  }

  crash(keepDisk: boolean): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    life.process.kill();
    for (const child of life.children) child.kill();
    for (const task of life.tasks) task.lose(this.name);
    if (!keepDisk) this.#store = memoryPeerStore();
  }

  /** In one turn, as a page does that is left. */
  leave(): void {
    const life = this.#life;
    if (life === undefined) return;
    const last = (): void => {
      void life.node?.close();
      void life.host?.close();
      void life.peer?.close({ cancel: true });
    };
    this.#parts.kernel.at(life.process, 0, "leave", last);
  }

  freeze(): void {
    for (const process of this.#processes()) process.freeze();
  }

  thaw(): void {
    for (const process of this.#processes()) process.thaw();
  }

  jumpClock(ms: number): void {
    this.#wallAheadMs += ms;
  }

  #processes(): readonly SimProcess[] {
    return this.#life === undefined ? [] : [this.#life.process, ...this.#life.children];
  }

  #makeProcess(name: string): SimProcess {
    const { kernel, random, onUnhandled } = this.#parts;
    return new SimProcess({
      kernel,
      name,
      seed: Math.floor(random() * 2 ** 32),
      driftShare: this.options.clockDriftShare ?? 0,
      wallAheadMs: () => this.#wallAheadMs,
      onUnhandled: (error) => onUnhandled(name, error),
    });
  }

  async #join(life: Life): Promise<void> {
    const { network, inviteFor } = this.#parts;
    const { options = {}, run } = this.options;
    const roles = rolesOf(this.options);
    const { process, runtime } = life;
    const invite = inviteFor(this.name, roles);
    const peer = await startPeerHost(process.platform, {
      ...options,
      name: this.name,
      listen: [`/memory/${this.name}`],
      network: network.at(this.name, process),
      runtime,
      // A store is closed with the first peer that used it.
      store: { load: () => this.#store.load(), save: (change) => this.#store.save(change) },
      ...(invite === undefined ? {} : { invite }),
    });
    if (process.dead) return;
    life.peer = peer;
    if (this.schedules) startScheduler(peer, { orders: await ordersIn(this.#store) });
    this.#startNode(life, peer);
    if (run !== undefined) spawnIn(runtime, run, [peer], { name: this.name });
  }

  #startNode(life: Life, peer: PeerHost): void {
    const { servers = 0, tab = false } = this.options;
    const { kernel, importCode, scheduler } = this.#parts;
    if (servers === 0 && !tab) return;
    life.host = new SimServerHost({
      kernel,
      node: life.process,
      peer: peer.id,
      servers,
      makeProcess: (name) => {
        const child = this.#makeProcess(name);
        life.children.push(child);
        return child;
      },
      importCode,
    });
    life.node = startNode(peer, {
      scheduler: this.schedules ? peer.location : scheduler(),
      host: life.host,
      code: new MemoryCodeStore(),
      name: this.name,
      platform: "simulated",
      load: () => LOAD,
      ...(tab ? { kind: "tab" } : {}),
    });
  }
}

/** What it joins as. */
export const rolesOf = ({ roles, tab = false }: SimulatedPeerOptions): readonly Role[] =>
  roles ?? (tab ? ["tab"] : MEMBER_ROLES);
