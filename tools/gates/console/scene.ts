/** A real cluster for the console's gates: `skein up` with two servers, and whatever joins it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { BIN } from "../../../packages/node-server/test/programs.ts";
import { type LocalCluster, startLocalCluster } from "../../local-cluster.ts";
import { until } from "./person.ts";
import { Witness } from "./witness.ts";

/** A program of the cluster, and what it has printed. */
export interface Program {
  readonly process: ChildProcess;
  readonly lines: readonly string[];
  /** Waits for a line after the first `from`. */
  prints(match: RegExp, from?: number): Promise<RegExpExecArray>;
}

export class Scene implements AsyncDisposable {
  readonly #data: string;
  readonly #cluster: LocalCluster;
  readonly #programs = new Set<ChildProcess>();
  readonly witness: Witness;

  private constructor(data: string, cluster: LocalCluster, witness: Witness) {
    this.#data = data;
    this.#cluster = cluster;
    this.witness = witness;
  }

  static async open(): Promise<Scene> {
    const data = await mkdtemp(join(tmpdir(), "skein-console-"));
    const ports = ["--listen", "127.0.0.1:0", "--listen", "ws://127.0.0.1:0", "--console-port", "0"];
    const cluster = await startLocalCluster({
      data,
      command: BIN,
      args: ["--name", "maxi", "--servers", "2", ...ports],
    });
    process.env["SKEIN_DATA"] = data;
    return new Scene(data, cluster, await Witness.join());
  }

  /** A login link, for one browser. */
  async link(): Promise<string> {
    return String(Object(await this.#cluster.ask("console")).console);
  }

  /** A client program of `playwright/fixtures`. */
  startJob(name: string, ...args: readonly string[]): Program {
    return this.#start([fileURLToPath(new URL(`../../../playwright/fixtures/${name}`, import.meta.url)), ...args]);
  }

  /** Another machine, with one server. */
  startNode(name: string): Program {
    const invite = this.#cluster.node.split(" ").at(-1) ?? "";
    const words = [BIN, "node", invite, "--servers", "1", "--name", name];
    return this.#start(words, { SKEIN_DATA: join(this.#data, name) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.witness.close();
    for (const program of this.#programs) await ended(program);
    await this.#cluster.close();
    await rm(this.#data, { recursive: true, force: true, maxRetries: 5 });
  }

  #start(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Program {
    const child = spawn(process.execPath, words, {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...this.#cluster.environment, ...environment },
    });
    this.#programs.add(child);
    const lines: string[] = [];
    createInterface(child.stdout).on("line", (line) => lines.push(line));
    return {
      process: child,
      lines,
      prints: async (match, from = 0) =>
        await until(
          `line ${match.source}`,
          () => firstMatch(lines.slice(from), match),
          () => lines.join("\n").slice(-800),
        ),
    };
  }
}

function firstMatch(lines: readonly string[], match: RegExp): RegExpExecArray | undefined {
  for (const line of lines) {
    const found = match.exec(line);
    if (found !== null) return found;
  }
  return undefined;
}

async function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  program.kill("SIGKILL");
  await once(program, "exit");
}
