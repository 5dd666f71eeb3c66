/** `pool-latency`: one call at a time, its median time, beside the round trip of a bare socket to another process. */
import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { pool } from "skein";
import { runBench } from "./harness.ts";
import { addOne } from "./pool-work.ts";

const CALLS = 5000;

async function median(one: (n: number) => PromiseLike<unknown>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < CALLS; n += 1) {
    const startMs = performance.now();
    await one(n);
    times.push(performance.now() - startMs);
  }
  return times.toSorted((a, b) => a - b)[CALLS >> 1] ?? 0;
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
  try {
    await runBench({
      bench: "pool-latency",
      ours: () => median((n) => ours.run(addOne, [n])),
      peer: () => median(echo),
      peerName: "bare socketpair",
      unit: "ms",
    });
  } finally {
    child.kill("SIGKILL");
  }
}
