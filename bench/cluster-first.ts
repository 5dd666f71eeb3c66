/** `cluster-first`: a client's process from its start to its first result, on a running cluster. Beside a bare libp2p echo from its start. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startLocalCluster } from "../tools/local-cluster.ts";
import { firstLine } from "./first-line.ts";
import { runBench } from "./harness.ts";

const PEER = fileURLToPath(new URL("cluster-first-peer.ts", import.meta.url));

/** Milliseconds from the start of a process until its first line. */
async function untilFirstLine(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const startMs = performance.now();
  const child = spawn(process.execPath, [PEER, ...words], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await firstLine(child);
  const tookMs = performance.now() - startMs;
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  if (line !== "43") throw new Error(`the first result was ${line}`);
  return tookMs;
}

export async function run(): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), "skein-bench-"));
  const local = ["--listen", "127.0.0.1:0", "--listen", "ws://127.0.0.1:0", "--console-port", "0", "--log", "error"];
  const cluster = await startLocalCluster({ data, args: ["--servers", "2", ...local] });
  const echo = spawn(process.execPath, [PEER, "echo"], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const address = await firstLine(echo);
    await runBench({
      bench: "cluster-first",
      ours: () => untilFirstLine(["job"], cluster.environment),
      peer: () => untilFirstLine(["ask", address], {}),
      peerName: "libp2p with noise, an echo",
      unit: "ms",
    });
  } finally {
    echo.kill("SIGKILL");
    await cluster.close();
    await rm(data, { recursive: true, force: true });
  }
}
