/** 200 peers on loopback for a minute, each with its few seed links. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expectThat, type Gate, root } from "./gate.ts";

const PEERS = 200;
const PER_PROCESS = 20;
const SEEDS = 3;
/** After the start, until it is looked at the first time; and how long it then runs idle. */
const SETTLE_MS = 15_000;
const IDLE_MS = 60_000;

interface Told {
  readonly connections: readonly number[];
  readonly rss: number;
  readonly heapUsed: number;
  readonly cpuMs: number;
}

class Peers {
  readonly #child;
  readonly #lines;

  constructor(count: number, options: object) {
    const program = join(root, "tools/gates/programs/peers.ts");
    this.#child = spawn(process.execPath, ["--expose-gc", program, String(count), JSON.stringify(options)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async started(): Promise<{ readonly invite: string; readonly addresses: readonly string[]; readonly name: string }> {
    return JSON.parse(await this.#line());
  }

  async look(name = ""): Promise<Told> {
    this.#child.stdin.write(`${name}\n`);
    return JSON.parse(await this.#line());
  }

  async end(): Promise<void> {
    this.#child.kill("SIGKILL");
    if (this.#child.exitCode === null) await once(this.#child, "exit");
  }

  async #line(): Promise<string> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error("a process of peers ended");
    return line.value;
  }
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

export const gate: Gate = {
  proves: `${PEERS} peers run for a minute with ${SEEDS} links each; connections, memory and CPU time don't grow`,
  limitMs: 420_000,
  run: async () => {
    const all: Peers[] = [];
    const start = (count: number, options: object): Peers => {
      const peers = new Peers(count, options);
      all.push(peers);
      return peers;
    };
    try {
      const owner = await start(1, {}).started();
      const seeds = await start(SEEDS - 1, { invite: owner.invite }).started();
      const names = [owner.name, seeds.name];
      const shared = { invite: owner.invite, peers: seeds.addresses };
      for (let left = PEERS - SEEDS; left > 0; left -= PER_PROCESS) {
        names.push((await start(Math.min(left, PER_PROCESS), shared).started()).name);
      }
      await sleep(SETTLE_MS);
      const looked = async (): Promise<Told[]> => await Promise.all(all.map(async (peers) => await peers.look()));
      const first = await looked();
      await sleep(IDLE_MS);
      const last = await looked();
      const connections = last.flatMap((told) => told.connections).toSorted((a, b) => a - b);
      const plain = connections.slice(0, PEERS - SEEDS);
      const [startMs = 0, endMs = 0] = [first, last].map((told) => sum(told.map(({ cpuMs }) => cpuMs)));
      const busyMs = endMs - startMs;
      const rss = [first, last].map((told) => sum(told.map((one) => one.rss)));
      const heap = [first, last].map((told) => sum(told.map((one) => one.heapUsed)));
      const [rssBefore = 0, rssAfter = 0] = rss;
      const [heapBefore = 0, heapAfter = 0] = heap;
      console.log(
        `   connections: ${plain.at(0)} to ${plain.at(-1)} each, seeds ${connections.slice(-SEEDS).join(", ")}`,
      );
      console.log(`   memory per peer: ${mb(rssAfter / PEERS)} resident, ${mb(heapAfter / PEERS)} heap`);
      console.log(
        `   grown in ${IDLE_MS / 1000} s: ${mb(rssAfter - rssBefore)} resident, ${mb(heapAfter - heapBefore)} heap, all together`,
      );
      console.log(
        `   CPU of all when idle: ${((busyMs / IDLE_MS) * 100).toFixed(1)} % of a core, ${((busyMs / IDLE_MS / PEERS) * 100).toFixed(3)} % each`,
      );
      expectThat(plain.at(-1) === SEEDS, `a peer has ${plain.at(-1)} connections`);
      expectThat(
        String(first.map((told) => told.connections)) === String(last.map((told) => told.connections)),
        "connections came or went",
      );
      expectThat(heapAfter < heapBefore * 1.05, "the heap has grown");
      expectThat(rssAfter < rssBefore * 1.05, "the memory has grown");
      // Names of any peer are found from any other, over whatever keeps the directory.
      for (const [index, peers] of all.entries()) await peers.look(names[(index + 3) % names.length] ?? "");
      console.log(`   ${all.length} names of peers without a common link were found`);
    } finally {
      await Promise.all(all.map(async (peers) => await peers.end()));
    }
  },
};
