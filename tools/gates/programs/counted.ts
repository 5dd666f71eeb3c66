/** Runs the tests' program of counted tasks on a cluster of two servers, and counts the runs by what they left on the disk. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { startLocalCluster } from "../../local-cluster.ts";
import { root } from "../gate.ts";

export interface CountedOptions {
  readonly count: number;
  readonly inFlight: number;
  /** How long each task computes. */
  readonly ms: number;
  /** A random server process is killed this often. Default: never. */
  readonly killEveryMs?: number;
}

export interface Counted {
  /** What the client saw. */
  readonly once: boolean;
  readonly wrong: number;
  readonly done: number;
  readonly failed: number;
  readonly lost: number;
  readonly retried: number;
  /** Runs that began, those of killed attempts included. */
  readonly runs: number;
  /** Tasks that ran at least once. */
  readonly ran: number;
  readonly kills: number;
}

const PROGRAM = join(root, "packages/node-server/test/fixtures/counted.ts");

export async function runCounted({ count, inFlight, ms, killEveryMs }: CountedOptions): Promise<Counted> {
  const data = mkdtempSync(join(tmpdir(), "skein-counted-"));
  const folder = mkdtempSync(join(tmpdir(), "skein-counted-"));
  const ports = ["--listen", "127.0.0.1:0", "--listen", "ws://127.0.0.1:0", "--console-port", "0"];
  const cluster = await startLocalCluster({ data, args: ["--servers", "2", "--log", "error", ...ports] });
  const words = [PROGRAM, String(count), String(inFlight), String(ms), folder];
  const client = spawn(process.execPath, words, {
    env: { ...process.env, ...cluster.environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
    await lines.next();
    const stop = new AbortController();
    const killing = killEveryMs === undefined ? 0 : kill(cluster.process, killEveryMs, stop.signal);
    const last = await lines.next();
    stop.abort();
    if (last.done === true) throw new Error("the client ended without a word");
    const kills = await killing;
    return { ...JSON.parse(last.value), ...countRuns(folder, count), kills };
  } finally {
    client.kill("SIGKILL");
    if (client.exitCode === null) await once(client, "exit");
    await cluster.close();
    for (const path of [data, folder]) rmSync(path, { recursive: true, force: true });
  }
}

/** Kills a server process again and again. @returns how often */
async function kill(node: ChildProcess, everyMs: number, signal: AbortSignal): Promise<number> {
  for (let kills = 0; ;) {
    try {
      await sleep(everyMs, undefined, { signal });
    } catch {
      return kills;
    }
    const servers = serverProcesses(node.pid ?? 0);
    const victim = servers[Math.floor(Math.random() * servers.length)];
    if (victim === undefined) continue;
    try {
      process.kill(victim, "SIGKILL");
      kills += 1;
    } catch {
      // It ended while we looked.
    }
  }
}

/** Processes of `node` that serve; a spare has no number yet. */
function serverProcesses(node: number): number[] {
  const found: number[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const title = readFileSync(`/proc/${name}/cmdline`, "utf8");
      if (Number(parent) === node && /^skein server \d/.test(title)) found.push(Number(name));
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

function countRuns(folder: string, count: number): { readonly runs: number; readonly ran: number } {
  const seen = new Uint8Array(count);
  let runs = 0;
  for (const name of readdirSync(folder)) {
    for (const line of readFileSync(join(folder, name), "utf8").split("\n")) {
      if (line === "") continue;
      runs += 1;
      seen[Number(line)] = 1;
    }
  }
  return { runs, ran: seen.reduce((sum, one) => sum + one, 0) };
}
