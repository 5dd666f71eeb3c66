/** Jobs while clients, nodes and the scheduler crash, lose each other and are steered: one run a seed, and what may not be. */
import type { Job } from "../../cluster/job.ts";
import type { ModuleStubs } from "../../cluster/module.ts";
import { type NodeId, serverId } from "../../ids.ts";
import { seededRandom } from "../seeded-random.ts";
import { simulate } from "../simulator/simulate.ts";
import type { World } from "../simulator/types.ts";
import { codeOf } from "./life.ts";

/** Virtual milliseconds in which things go wrong, and after which what was begun has to have ended. */
const BUSY_MS = 40_000;
const QUIET_MS = 240_000;
/** After the jobs are closed: leases of clients that are gone stand for half a minute. */
const LAST_MS = 60_000;
const FAULTS = 10;
const NODES = ["n1", "n2"] as const;
const CLIENTS = ["c1", "c2"] as const;
const VERBS = ["pause", "drain", "stop", "restart"] as const;
/** Mixed into the seed, so that the plan and the network differ. */
const PLAN_MIX = 0x85ebca6b;

/** One task of a client, and what became of it. */
interface Run {
  readonly key: string;
  readonly retries: number;
  readonly client: string;
  /** Which life of its client began it. */
  readonly life: number;
  executions: number;
  ended: string | undefined;
  wrong: boolean;
}

export interface JobScheduleOutcome {
  readonly seed: number;
  /** What was promised and did not hold; empty in a good run. */
  readonly violations: readonly string[];
  /** What was done, for people. */
  readonly plan: readonly string[];
  readonly runs: number;
}

interface Tasks {
  quick(key: string): string;
  slow(key: string): string;
}

const idle = (): void => undefined;

/**
 * Runs the schedule of `seed`: two clients run short and long tasks on two nodes while everything may crash, be cut off or
 * steered; then all is healed.
 *
 * @throws what the simulation threw: an error that nobody handled
 * @example
 * const { violations } = await runJobSchedule(4711);
 */
export async function runJobSchedule(seed: number): Promise<JobScheduleOutcome> {
  const random = seededRandom(Math.imul(seed, PLAN_MIX) >>> 0);
  const peers = {
    up: idle,
    n1: { servers: 1 + Math.floor(random() * 2) },
    n2: { servers: 1 },
    c1: idle,
    c2: idle,
  };
  return await simulate({ seed, peers }, async (world) => {
    const schedule = new JobSchedule(world, random, { n1: peers.n1.servers, n2: 1 });
    return { seed, ...(await schedule.run()) };
  });
}

class JobSchedule {
  readonly #world: World;
  readonly #random: () => number;
  readonly #servers: Readonly<Record<(typeof NODES)[number], number>>;
  readonly #runs = new Map<string, Run>();
  readonly #lives = new Map<string, number>();
  readonly #jobs = new Map<string, Job>();
  readonly #plan: string[] = [];
  readonly #violations: string[] = [];
  readonly #tasks = {
    quick: (key: string): string => this.#executed(key),
    slow: (key: string): string => this.#executed(key),
  };
  readonly #url: URL;
  #calm = false;

  constructor(world: World, random: () => number, servers: Readonly<Record<(typeof NODES)[number], number>>) {
    this.#world = world;
    this.#random = random;
    this.#servers = servers;
    this.#url = world.module("tasks", this.#tasks, { quick: 20, slow: 3000 });
  }

  async run(): Promise<Omit<JobScheduleOutcome, "seed">> {
    const world = this.#world;
    for (const name of CLIENTS) void this.#live(name, 1);
    const faults = Array.from({ length: FAULTS }, async () => await this.#fault());
    await Promise.all(faults);
    if (world.now() < BUSY_MS) await world.advance(BUSY_MS - world.now());
    this.#calm = true;
    world.heal();
    for (const job of this.#jobs.values()) job.resume();
    await this.#steerAll("resume");
    await world.advance(QUIET_MS);
    this.#checkRuns();
    for (const job of this.#jobs.values()) void job.close({ cancel: true });
    await world.advance(LAST_MS);
    await this.#checkCluster();
    return { violations: this.#violations, plan: this.#plan, runs: this.#runs.size };
  }

  #pick<T>(values: readonly T[]): T {
    // Never asked of an empty list.
    return values[Math.floor(this.#random() * values.length)] as T;
  }

  #say(text: string): void {
    this.#plan.push(`${(this.#world.now() / 1000).toFixed(1)} s ${text}`);
  }

  #executed(key: string): string {
    const run = this.#runs.get(key);
    if (run !== undefined) run.executions += 1;
    return `done ${key}`;
  }

  /** One life of a client: opens a job and runs tasks until it crashes or all is calm. */
  async #live(name: string, life: number): Promise<void> {
    const world = this.#world;
    this.#lives.set(name, life);
    const lives = (): boolean => this.#lives.get(name) === life && world.peer(name).running;
    try {
      const onLostNode = this.#random() < 0.5 ? "wait" : "abandon";
      const { client } = world.peer(name);
      const job = await client.openJob({ modules: [this.#url], onLostNode });
      const stubs: ModuleStubs<Tasks> = await job.module(this.#url);
      if (!lives()) return;
      this.#jobs.set(name, job);
      for (let n = 1; !this.#calm && lives(); n += 1) {
        const key = `${name}:${life}#${n}`;
        const retries = Math.floor(this.#random() * 4);
        const run = { key, retries, client: name, life, executions: 0, ended: undefined, wrong: false };
        this.#runs.set(key, run);
        const options = { retries, kind: this.#random() < 0.2 ? "io" : "cpu" } as const;
        void this.#follow(run, stubs[this.#random() < 0.3 ? "slow" : "quick"].call([key], options).exit());
        await world.advance(100 + this.#random() * 900);
      }
    } catch (error) {
      this.#say(`${name}:${life} has no job: ${codeOf(error)}`);
      await world.advance(1000);
      if (lives() && !this.#calm) void this.#live(name, life);
    }
  }

  async #follow(run: Run, exit: PromiseLike<{ readonly type: string; readonly value?: unknown }>): Promise<void> {
    const { type, value } = await exit;
    if (run.ended !== undefined) this.#violations.push(`${run.key} ended twice`);
    run.ended = type;
    run.wrong = type === "returned" && value !== `done ${run.key}`;
  }

  async #fault(): Promise<void> {
    const world = this.#world;
    await world.advance(this.#random() * BUSY_MS);
    const chance = this.#random();
    const node = this.#pick(NODES);
    if (chance < 0.35) await this.#crash(this.#pick(["up", ...NODES, ...CLIENTS]));
    else if (chance < 0.6) {
      const [a, b] = [this.#pick(["up", node]), this.#pick(["c1", "c2", node === "n1" ? "n2" : "n1"])];
      const forMs = this.#random() * 70_000;
      this.#say(`partition ${a} ${b} for ${(forMs / 1000).toFixed(1)} s`);
      world.partition(a, b);
      await world.advance(forMs);
      world.heal(a, b);
    } else if (chance < 0.75) {
      this.#say(`kill a server of ${node}`);
      world.killServer(node, 1);
    } else if (chance < 0.9) {
      const verb = this.#pick(VERBS);
      this.#say(`${verb} ${node}`);
      await this.#steer(verb, node);
      await world.advance(this.#random() * 20_000);
      await this.#steer("resume", node);
    } else await this.#steerJob(this.#pick(CLIENTS), node);
  }

  async #crash(name: string): Promise<void> {
    const world = this.#world;
    if (!world.peer(name).running) return;
    const forMs = this.#random() * 30_000;
    this.#say(`crash ${name} for ${(forMs / 1000).toFixed(1)} s`);
    const life = this.#lives.get(name) ?? 0;
    this.#lives.set(name, life + 1);
    this.#jobs.delete(name);
    world.crash(name, { silent: this.#random() < 0.5 });
    await world.advance(forMs);
    await world.restart(name);
    if (life > 0 && !this.#calm) void this.#live(name, life + 1);
  }

  async #steerJob(name: string, node: (typeof NODES)[number]): Promise<void> {
    const job = this.#jobs.get(name);
    const at = this.#idOf(node);
    if (job === undefined || at === undefined) return;
    const place = this.#random() < 0.5 ? at : serverId(at, 1);
    const verb = this.#pick(VERBS);
    this.#say(`${name}: ${verb} ${node}`);
    if (verb === "pause") job.pause(place);
    else void job[verb](place);
    await this.#world.advance(this.#random() * 15_000);
    job.resume(place);
  }

  #idOf(name: string): NodeId | undefined {
    return this.#world.peer(name).running ? this.#world.peer(name).peer.id : undefined;
  }

  async #steer(verb: string, node: string): Promise<void> {
    const at = this.#idOf(node);
    if (at === undefined || this.#idOf("up") === undefined) return;
    const { peer } = this.#world.peer("up");
    try {
      const limits = { timeoutMs: 5000 };
      await peer.procedures.call({ peer: peer.id, server: 0 }, "scheduler.steer", { verb, at }, limits);
    } catch (error) {
      this.#say(`${verb} ${node}: ${codeOf(error)}`);
    }
  }

  async #steerAll(verb: string): Promise<void> {
    await this.#world.advance(30_000);
    for (const node of NODES) await this.#steer(verb, node);
  }

  #checkRuns(): void {
    for (const { key, retries, client, life, executions, ended, wrong } of this.#runs.values()) {
      const lives = this.#lives.get(client) === life;
      if (lives && ended === undefined) this.#violations.push(`${key} has not ended`);
      if (wrong) this.#violations.push(`${key} has the result of another`);
      if (ended === "returned" && executions === 0) this.#violations.push(`${key} returned and never ran`);
      if (executions > retries + 1) this.#violations.push(`${key} ran ${executions} times with ${retries} retries`);
    }
  }

  /** Everybody is back, and nothing is open: every server is free again. */
  async #checkCluster(): Promise<void> {
    const { nodes, servers, jobs } = await this.#world.peer("c1").client.status();
    if (jobs.length > 0) this.#violations.push(`${jobs.length} jobs are open that nobody has`);
    const names = nodes.map(({ name, standing }) => `${name}${standing === undefined ? "" : ` ${standing}`}`);
    if (names.toSorted().join(" ") !== NODES.join(" ")) this.#violations.push(`the nodes are ${names.join(", ")}`);
    const expected = this.#servers.n1 + this.#servers.n2;
    const free = servers.filter(({ state }) => state === "ready").length;
    if (free !== expected || servers.length !== expected) {
      this.#violations.push(`${free} of ${expected} servers are free: ${servers.map(({ state }) => state).join(" ")}`);
    }
  }
}
