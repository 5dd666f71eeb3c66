/** What `pool-start` and `pool-memory` measure: a pool from its making to its first result, and what its workers hold. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readlinkSync } from "node:fs";

const WORKERS = 2;
const [kind = "", file = ""] = process.argv.slice(2);

/** A running pool; each call must have gone to a worker. */
interface Opened {
  readonly first: PromiseLike<number>;
  readonly all: () => Promise<unknown>;
}

const addOne = (n: number): number => n + 1;
const many = async (one: () => PromiseLike<number>): Promise<unknown> =>
  await Promise.all(Array.from({ length: 1000 }, one));

/** Processes that do nothing: what each that Node starts holds, whatever runs in it. */
function emptyProcesses(): Opened {
  const spoken = Array.from({ length: WORKERS }, async () => {
    const words = ["--eval", "console.log(); setInterval(() => {}, 1e6);"];
    const { stdout } = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    await once(stdout, "data");
  });
  return { first: Promise.all(spoken).then(() => 2), all: () => Promise.resolve() };
}

/** Imported before: what loading a library takes is no part of it. */
async function maker(): Promise<() => Opened> {
  const limits = { filename: file, minThreads: WORKERS, maxThreads: WORKERS };
  switch (kind) {
    case "empty":
      return emptyProcesses;
    case "piscina": {
      const { Piscina } = await import("piscina");
      return () => {
        const pool = new Piscina<number, number>(limits);
        return { first: pool.run(1), all: () => many(() => pool.run(1)) };
      };
    }
    case "tinypool": {
      const { Tinypool } = await import("tinypool");
      return () => {
        const pool = new Tinypool(limits);
        return { first: pool.run(1), all: () => many(() => pool.run(1)) };
      };
    }
    case "poolifier": {
      const { FixedThreadPool } = await import("poolifier");
      return () => {
        const pool = new FixedThreadPool<number, number>(WORKERS, file);
        const one = (): Promise<number> => pool.execute(1, "addOne");
        return { first: one(), all: () => many(one) };
      };
    }
    default: {
      const { pool } = await import("skein");
      return () => {
        const ours = pool({ servers: WORKERS });
        return {
          first: ours.run(addOne, [1]),
          all: async () => {
            await ours.ready();
            await many(() => ours.run(addOne, [1]));
          },
        };
      };
    }
  }
}

/** Kilobytes of memory, what is shared with others counted in parts. */
const heldKb = (pid: number | "self"): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]);

const children = (): number[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);

const make = await maker();
const beforeKb = heldKb("self");
const startMs = performance.now();
const opened = make();
const result = await opened.first;
const tookMs = performance.now() - startMs;
if (result !== 2) throw new Error(`1 and 1 is ${result}`);
await opened.all();
const programOf = (pid: number | "self"): string => readlinkSync(`/proc/${pid}/exe`);
const workers = children().filter((pid) => programOf(pid) === programOf("self"));
// Threads are in this process.
const memoryKb =
  workers.length > 0
    ? workers.reduce((sum, pid) => sum + heldKb(pid), 0) / workers.length
    : (heldKb("self") - beforeKb) / WORKERS;
console.log(JSON.stringify({ tookMs, memoryBytes: memoryKb * 1024 }));
for (const pid of workers) process.kill(pid, "SIGKILL");
process.exit(0);
