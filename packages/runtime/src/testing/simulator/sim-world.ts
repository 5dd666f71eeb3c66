/** The world of a simulation: starts the machines, and does to them what the script says. */
import type { Location } from "../../contracts/endpoint.ts";
import type { Operation } from "../../contracts/operation.ts";
import { SkeinError, errorFrom } from "../../errors.ts";
import type { CodeDigest } from "../../ids.ts";
import type { PeerHost } from "../../peer/peer-host.ts";
import { Deferred } from "../../task/deferred.ts";
import { timeoutError } from "../../task/limits.ts";
import { createRuntime, type Runtime } from "../../task/runtime.ts";
import { spawnIn } from "../../task/spawn.ts";
import type { AnyFunction } from "../../task/task-context.ts";
import { DAY_MS } from "../../units.ts";
import { type CodeTable, CodeTables } from "../code-tables.ts";
import { seededRandom } from "../seeded-random.ts";
import { Kernel } from "./kernel.ts";
import type { SimulatedNetwork } from "./network-model.ts";
import { rolesOf, SimMachine } from "./sim-machine.ts";
import { SimNetwork } from "./sim-network.ts";
import { SimProcess } from "./sim-process.ts";
import { SimTask } from "./sim-task.ts";
import type { CrashOptions, LeaveOptions, SimulatedPeer, SimulateOptions, World } from "./types.ts";

const LIMIT_EVENTS = 20_000_000;
/** How often a condition is looked at. */
const LOOK_MS = 10;
/** What the turn takes in which a page is left. */
const LEAVE_MS = 0.2;
/** Joins that one invite of the world is good for. */
const INVITE_USES = 100_000;
/** Mixed into the seed, so that neighbouring seeds begin differently. */
const SEED_MIX = 0x9e3779b9;

export class SimWorld implements World {
  readonly seed: number;
  /** Another simulation was begun in one of its turns: if it was awaited, neither can go on. */
  mayWaitForItself = false;
  readonly unhandled: { readonly peer: string; readonly error: unknown }[] = [];
  readonly kernel: Kernel;
  readonly trace: World["trace"];
  readonly runtime: Runtime;
  readonly #network: SimNetwork;
  readonly #code: CodeTables;
  readonly #costs = new Map<CodeTable, Readonly<Record<string, number>>>();
  readonly #machines = new Map<string, SimMachine>();
  /** The script's. */
  readonly #process: SimProcess;
  readonly #random: () => number;
  #owner: { readonly location: Location; readonly invites: Map<string, string> } | undefined;

  constructor(options: SimulateOptions) {
    this.seed = options.seed;
    const mixed = Math.imul(options.seed, SEED_MIX) >>> 0;
    this.#random = seededRandom(mixed);
    const { limitMs = DAY_MS, limitEvents = LIMIT_EVENTS, onTrace } = options;
    this.kernel = new Kernel({ limitMs, limitEvents, ...(onTrace === undefined ? {} : { onTrace }) });
    this.trace = this.kernel.trace;
    this.#process = new SimProcess({
      kernel: this.kernel,
      name: "world",
      seed: mixed + 1,
      driftShare: 0,
      free: true,
      wallAheadMs: () => 0,
      onUnhandled: (error) => this.unhandled.push({ peer: "world", error }),
    });
    this.runtime = createRuntime({ platform: this.#process.platform });
    this.#process.runs(() => this.runtime.engine);
    this.#network = new SimNetwork(this.kernel, options.network ?? {}, seededRandom(mixed + 2));
    this.#code = new CodeTables(this.#process.platform);
    this.#addMachines(options, seededRandom(mixed + 3));
  }

  /** Starts every peer, the first one first; then the script. Calls back when that has ended. */
  start(
    script: () => unknown,
    onEnd: (outcome: { readonly value: unknown } | { readonly error: unknown }) => void,
  ): void {
    const main = async (): Promise<unknown> => {
      const [owner, ...others] = this.#machines.keys();
      if (owner === undefined) return await script();
      await this.#start(owner);
      await this.#invite(this.peer(owner).peer);
      await Promise.all(others.map((name) => this.#start(name)));
      return await script();
    };
    this.kernel.at(this.#process, 0, "begin", () => {
      main().then(
        (value) => onEnd({ value }),
        (error: unknown) => onEnd({ error }),
      );
    });
  }

  now(): number {
    return this.kernel.nowMs;
  }

  random(): number {
    return this.#random();
  }

  peer(name: string): SimulatedPeer {
    const machine = this.#machine(name);
    const spawn = (fn: AnyFunction, args: readonly unknown[] = []): SimTask => this.#spawn(machine, fn, args);
    return {
      name,
      get running() {
        return machine.life?.peer !== undefined;
      },
      get peer() {
        return machine.peer;
      },
      get client() {
        return machine.client;
      },
      // What a SimTask gives is what its function returned.
      spawn: spawn as unknown as SimulatedPeer["spawn"],
    };
  }

  advance(ms: number): Operation<void> {
    const passed = new Deferred<void>(`${ms} ms of virtual time`, this.runtime.engine);
    this.kernel.at(this.#process, ms, "advanced", () => passed.resolve());
    return passed;
  }

  until(condition: () => boolean, { timeoutMs = Infinity }: { readonly timeoutMs?: number } = {}): Operation<void> {
    const holds = new Deferred<void>("a condition to hold", this.runtime.engine);
    const limitMs = this.now() + timeoutMs;
    const look = (): void => {
      if (condition()) holds.resolve();
      else if (this.now() >= limitMs) holds.reject(timeoutError("a condition to hold", timeoutMs));
      else this.kernel.at(this.#process, LOOK_MS, "look", look);
    };
    this.kernel.at(this.#process, 0, "look", look);
    return holds;
  }

  crash(name: string, { keepDisk = true, silent = false }: CrashOptions = {}): void {
    const machine = this.#machine(name);
    if (machine.life === undefined) return;
    if (!keepDisk && name === this.#first()) throw keepsKey(name);
    this.#note(`crash ${name}${keepDisk ? "" : " with its disk"}${silent ? ", silent" : ""}`);
    machine.crash(keepDisk);
    this.#network.gone(name, silent);
  }

  leave(name: string, { heardShare = 1, silent = false }: LeaveOptions = {}): void {
    const machine = this.#machine(name);
    if (machine.life === undefined) return;
    this.#note(`leave ${name}, heard ${heardShare}${silent ? ", silent" : ""}`);
    machine.leave();
    // After its turn.
    this.kernel.at(this.#process, LEAVE_MS, "left", () => {
      machine.crash(true);
      this.#network.left(name, heardShare, silent);
    });
  }

  restart(name: string): Operation<void> {
    if (this.#machine(name).life !== undefined) this.crash(name);
    this.#note(`restart ${name}`);
    return this.#start(name);
  }

  partition(a: string, b: string, { oneWay = false }: { readonly oneWay?: boolean } = {}): void {
    this.#check(a, b);
    this.#note(`partition ${a} ${oneWay ? ">" : "<>"} ${b}`);
    this.#network.setBlocked(a, b, true);
    if (!oneWay) this.#network.setBlocked(b, a, true);
  }

  heal(a?: string, b?: string): void {
    this.#note(`heal ${a ?? "all"} ${b ?? ""}`.trimEnd());
    const names = [...this.#machines.keys()];
    for (const from of names) {
      for (const to of names) {
        const meant = (a === undefined || a === from || a === to) && (b === undefined || b === from || b === to);
        if (from !== to && meant) this.#network.setBlocked(from, to, false);
      }
    }
  }

  cut(a: string, b: string, { oneEnd = false }: { readonly oneEnd?: boolean } = {}): void {
    this.#check(a, b);
    this.#note(`cut ${a} ${oneEnd ? "|" : "||"} ${b}`);
    this.#network.cut(a, b, oneEnd ? a : undefined);
  }

  freeze(name: string): void {
    this.#note(`freeze ${name}`);
    this.#machine(name).freeze();
  }

  thaw(name: string): void {
    this.#note(`thaw ${name}`);
    this.#machine(name).thaw();
  }

  jumpClock(name: string, ms: number): void {
    this.#note(`clock of ${name} ${ms >= 0 ? "+" : ""}${ms}`);
    this.#machine(name).jumpClock(ms);
  }

  shape(a: string, b: string, network: Pick<SimulatedNetwork, "latencyMs" | "lossShare">): void {
    this.#check(a, b);
    this.#network.path(a, b).shape(network);
    this.#network.path(b, a).shape(network);
  }

  killServer(name: string, server: number): void {
    this.#note(`kill ${name}/${server}`);
    this.#machine(name).life?.host?.kill(server);
  }

  module(name: string, table: CodeTable, costMs: Readonly<Record<string, number>> = {}): URL {
    this.#costs.set(table, costMs);
    return this.#code.module(name, table);
  }

  compute(ms: number): void {
    this.kernel.current?.compute(ms);
  }

  #addMachines(options: SimulateOptions, random: () => number): void {
    const entries = Object.entries(options.peers).map(
      ([name, given]) => [name, typeof given === "function" ? { run: given } : given] as const,
    );
    const hasServers = entries.some(([, { servers = 0, tab }]) => servers > 0 || tab === true);
    for (const [index, [name, given]] of entries.entries()) {
      const machine = new SimMachine(name, given, hasServers && index === 0, {
        kernel: this.kernel,
        network: this.#network,
        code: this.#code,
        random,
        inviteFor: (peer, roles) => (peer === this.#first() ? undefined : this.#owner?.invites.get(roles.join())),
        scheduler: () => this.#schedulerAt(),
        importCode: (digest, process) => this.#import(digest, process),
        onUnhandled: (peer, error) => this.unhandled.push({ peer, error }),
      });
      this.#machines.set(name, machine);
    }
  }

  #start(name: string): Operation<void> {
    const started = new Deferred<void>(`the start of ${name}`, this.runtime.engine);
    this.#network.back(name);
    this.#machine(name).start(
      () => started.resolve(),
      (error) => started.reject(errorFrom(error)),
    );
    return started;
  }

  /** One invite for each set of roles, good for all lives of all machines. */
  async #invite(owner: PeerHost): Promise<void> {
    const invites = new Map<string, string>();
    for (const { options } of this.#machines.values()) {
      const roles = rolesOf(options);
      const key = roles.join();
      if (!invites.has(key)) invites.set(key, await owner.invite({ roles, uses: INVITE_USES, forMs: 365 * DAY_MS }));
    }
    this.#owner = { location: owner.location, invites };
  }

  #spawn(machine: SimMachine, fn: AnyFunction, args: readonly unknown[]): SimTask {
    const { life, peer } = machine;
    const task = new SimTask(spawnIn((life ?? peer).runtime, fn, args), this.runtime.engine);
    life?.tasks.add(task);
    return task;
  }

  #import(digest: CodeDigest, process: SimProcess): CodeTable {
    const table = this.#code.byDigest(digest);
    const costs = this.#costs.get(table) ?? {};
    const priced = Object.entries(table).map(([name, value]) => {
      const costMs = costs[name];
      if (costMs === undefined || typeof value !== "function") return [name, value];
      const run = (...args: unknown[]): unknown => {
        process.compute(costMs);
        return Reflect.apply(value, undefined, args);
      };
      return [name, run];
    });
    return Object.fromEntries(priced);
  }

  #machine(name: string): SimMachine {
    const machine = this.#machines.get(name);
    if (machine !== undefined) return machine;
    throw new SkeinError("OPTION_INVALID", `no peer of this simulation is named "${name}"`, {
      hint: `there are: ${[...this.#machines.keys()].join(", ")}`,
    });
  }

  #check(...names: readonly string[]): void {
    for (const name of names) this.#machine(name);
  }

  #first(): string | undefined {
    const [first] = this.#machines.keys();
    return first;
  }

  #schedulerAt(): Location {
    const first = this.#machines.get(this.#first() ?? "");
    if (this.#owner !== undefined && first?.schedules === true) return this.#owner.location;
    throw new SkeinError("NO_CLUSTER", "no peer of this simulation has servers", {
      hint: "give one of them `servers`; the first peer is then the scheduler",
    });
  }

  #note(what: string): void {
    this.kernel.trace.add(this.now(), "world", what);
  }
}

const keepsKey = (name: string): SkeinError =>
  new SkeinError("OPTION_INVALID", `${name} holds the cluster's key: without its disk the cluster is gone`, {
    hint: "crash another peer with its disk, or this one without",
  });
