/** `pool-latency`: one call at a time, its median time, beside the round trip of a bare socket to another process. */
import { spawn, spawnSync } from "node:child_process";
import { Socket } from "node:net";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { pool } from "skein";
import { runBench } from "./harness.ts";
import { addOne } from "./pool-work.ts";

const CORES = availableParallelism();
/** Not counted, in each round: the collection before it throws away what the engine has optimised. */
const WARM_UP_CALLS = 5000;
const CALLS = 5000;
const ROUNDS = 11;

async function median(one: (n: number) => PromiseLike<unknown>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < WARM_UP_CALLS + CALLS; n += 1) {
    const startMs = performance.now();
    await one(n);
    if (n >= WARM_UP_CALLS) times.push(performance.now() - startMs);
  }
  return times.toSorted((a, b) => a - b)[CALLS >> 1] ?? 0;
}

/**
 * Keeps a process on one core, where Linux's `taskset` is there: a round trip between two processes on one core takes a
 * quarter of one between two cores, and the system moves them as it likes.
 */
function keepOn(core: number, pid: number | undefined): void {
  if (process.platform !== "linux" || CORES < 2 || pid === undefined) return;
  spawnSync("taskset", ["--all-tasks", "--pid", "--cpu-list", String(core), String(pid)]);
}

export async function run(): Promise<void> {
  await using ours = pool({ servers: 1 });
  const child = spawn(process.execPath, [fileURLToPath(new URL("pool-latency-peer.ts", import.meta.url))], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const socket = child.stdio[3];
  if (!(socket instanceof Socket)) throw new Error("no socket");
  const frame = Buffer.alloc(16);
  let answered: (() => void) | undefined;
  socket.on("data", () => answered?.());
  const echo = (): Promise<void> =>
    new Promise((resolve) => {
      answered = resolve;
      socket.write(frame);
    });
  const worker = await ours.run(() => process.pid);
  keepOn(0, process.pid);
  keepOn(1, worker);
  keepOn(1, child.pid);
  try {
    await runBench({
      bench: "pool-latency",
      ours: () => median((n) => ours.run(addOne, [n])),
      peer: () => median(echo),
      peerName: "bare socketpair",
      unit: "ms",
      rounds: ROUNDS,
    });
  } finally {
    child.kill("SIGKILL");
  }
}
