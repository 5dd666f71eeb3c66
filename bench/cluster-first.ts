/** `cluster-first`: a client's process from its start to its first result, on a running cluster. Beside a bare libp2p echo from its start. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startLocalCluster } from "../tools/local-cluster.ts";
import { firstLine } from "./first-line.ts";
import { runBench } from "./harness.ts";
import { publish, stripped } from "./published.ts";

const CLIENT = fileURLToPath(new URL("cluster-first-client-peer.ts", import.meta.url));
const ECHO = fileURLToPath(new URL("cluster-first-echo-peer.ts", import.meta.url));
const TASKS = new URL("trivial-tasks.ts", import.meta.url).href;

/** After a client has left, its server gets a fresh process: what is measured is a cluster that stands ready. */
const READY_AGAIN_MS = 1000;

/** Milliseconds from the start of a process until its first line; it ends by itself after that. */
async function untilFirstLine(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const startMs = performance.now();
  const child = spawn(process.execPath, words, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await firstLine(child);
  const tookMs = performance.now() - startMs;
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  if (line !== "43") throw new Error(`the first result was ${line}`);
  return tookMs;
}

export async function run(): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), "skein-bench-"));
  const local = ["--listen", "127.0.0.1:0", "--listen", "ws://127.0.0.1:0", "--console-port", "0", "--log", "error"];
  const cluster = await startLocalCluster({ data, args: ["--servers", "2", ...local] });
  // As installed: stripping types while running takes a third of the time.
  const client = await publish(CLIENT);
  const bare = await stripped(ECHO);
  const echo = spawn(process.execPath, [bare], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const address = await firstLine(echo);
    await runBench({
      bench: "cluster-first",
      ours: async () => {
        await pause(READY_AGAIN_MS);
        return await untilFirstLine([client, TASKS], cluster.environment);
      },
      peer: () => untilFirstLine([bare, address], {}),
      peerName: "libp2p with noise, an echo",
      unit: "ms",
    });
  } finally {
    echo.kill("SIGKILL");
    await cluster.close();
    await rm(data, { recursive: true, force: true });
  }
}
