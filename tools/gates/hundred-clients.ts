/** A hundred clients at once on a cluster of four servers: fair shares, an exclusive job's turn, and nothing left behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type ClusterSnapshot, connect, type RemoteTaskContext } from "skein";
import { startLocalCluster } from "../local-cluster.ts";
import { expectThat, type Gate, root } from "./gate.ts";

const CLIENTS = 100;
/** Programs that start at once. */
const AT_ONCE = 5;
const SERVERS = 4;
/** A turn is less than a tenth of a client's time when it has had more than ten. */
const QUANTUM_MS = 1000;
const TASK_MS = 50;
const TURNS = 18;
const RUN_MS = (TURNS * QUANTUM_MS * CLIENTS) / SERVERS;
const TOLERANCE = 0.1;

const PROGRAM = join(root, "packages/node-server/test/fixtures/many-jobs.ts");

class Program {
  readonly #child: ChildProcess;
  readonly #lines;

  constructor(environment: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [PROGRAM, "1", String(TASK_MS)], {
      env: { ...process.env, ...environment },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error("no output");
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  async next(): Promise<{
    readonly type: string;
    readonly done?: readonly number[];
    readonly held?: readonly number[];
  }> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error("a client ended");
    const told = JSON.parse(line.value);
    // That it has had a turn is no news here.
    return told.type === "each" ? await this.next() : told;
  }

  say(word: string): void {
    this.#child.stdin?.write(`${word}\n`);
  }

  async end(): Promise<void> {
    this.#child.kill("SIGKILL");
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }
}

/** How long each job holds servers, by the events of the scheduler: what a busy machine does to clients does not count. */
class LeaseTimes {
  readonly #child: ChildProcess;
  readonly #heldMs = new Map<string, number>();
  readonly #sinceMs = new Map<string, number>();

  constructor(environment: Readonly<Record<string, string>>) {
    const command = join(root, "packages/skein/bin/skein.mjs");
    this.#child = spawn(process.execPath, [command, "logs", "--events", "--json"], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error("no output");
    createInterface({ input: stdout }).on("line", (line) => this.#take(JSON.parse(line)));
  }

  #take({
    type,
    job,
    timeMs,
  }: {
    readonly type: string;
    readonly job?: { readonly id?: string };
    readonly timeMs: number;
  }): void {
    const id = job?.id;
    if (id === undefined) return;
    if (type === "job.active") this.#sinceMs.set(id, timeMs);
    else if (type === "job.waiting") {
      this.#heldMs.set(id, (this.#heldMs.get(id) ?? 0) + timeMs - (this.#sinceMs.get(id) ?? timeMs));
      this.#sinceMs.delete(id);
    }
  }

  /** Milliseconds of each job up to now. */
  get all(): readonly number[] {
    const nowMs = Date.now();
    const ids = new Set([...this.#heldMs.keys(), ...this.#sinceMs.keys()]);
    return [...ids].map((id) => (this.#heldMs.get(id) ?? 0) + nowMs - (this.#sinceMs.get(id) ?? nowMs));
  }

  async end(): Promise<void> {
    this.#child.kill();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }
}

async function where(task: RemoteTaskContext, forMs: number): Promise<string> {
  await task.sleep(forMs);
  return task.server.id;
}

const holding = ({ jobs }: ClusterSnapshot, name: string): number =>
  jobs.filter((job) => job.name !== name).reduce((held, job) => held + job.held, 0);

/** What is in the folders of server processes and jobs. */
function leftIn(data: string): readonly string[] {
  return ["servers", "jobs"].flatMap((folder) => {
    try {
      return readdirSync(join(data, folder)).map((name) => `${folder}/${name}`);
    } catch {
      return [];
    }
  });
}

export const gate: Gate = {
  proves: `${CLIENTS} clients on ${SERVERS} servers have shares within ${TOLERANCE * 100} %, an exclusive job has its turn, nothing is left`,
  limitMs: RUN_MS + 300_000,
  run: async () => {
    const data = mkdtempSync(join(tmpdir(), "skein-clients-"));
    const ports = ["--listen", "127.0.0.1:0", "--listen", "ws://127.0.0.1:0", "--console-port", "0"];
    const args = ["--servers", String(SERVERS), "--quantum-ms", String(QUANTUM_MS), "--log", "error", ...ports];
    const cluster = await startLocalCluster({ data, args });
    const programs: Program[] = [];
    const times = new LeaseTimes(cluster.environment);
    try {
      while (programs.length < CLIENTS) {
        const some = Array.from({ length: AT_ONCE }, () => new Program(cluster.environment));
        programs.push(...some);
        for (const program of some) await program.next();
      }
      for (const program of programs) program.say("go");
      await sleep(RUN_MS);
      const leased = times.all;
      for (const program of programs) program.say("stop");
      const done: number[] = [];
      const held: number[] = [];
      for (const program of programs) {
        const told = await program.next();
        done.push(...(told.done ?? []));
        held.push(...(told.held ?? []));
      }
      const [time, seen, work] = [deviation(leased), deviation(held), deviation(done)];
      console.log(
        `   ${CLIENTS} clients: lease time ${time.text} ms each, as clients saw it ${seen.text} ms, tasks done ${work.text}`,
      );
      expectThat(leased.length === programs.length, `${leased.length} jobs had servers`);
      expectThat(time.worst <= TOLERANCE, `lease times are not alike: ${leased.join(" ")}`);
      await beAlone(cluster.environment);
      for (const program of programs) program.say("close");
      for (const program of programs) await program.next();
      await expectNothingLeft(cluster.environment, data);
    } finally {
      for (const program of programs) await program.end();
      await times.end();
      await cluster.close();
      rmSync(data, { recursive: true, force: true });
    }
  },
};

function deviation(values: readonly number[]): { readonly worst: number; readonly text: string } {
  const mean = values.reduce((sum, n) => sum + n, 0) / values.length;
  const worst = Math.max(...values.map((n) => Math.abs(n - mean))) / mean;
  return { worst, text: `${mean.toFixed(0)} ± ${(worst * 100).toFixed(1)} %` };
}

/** The hundred jobs still have tasks under way, which end one after the other, and hold their servers. */
async function beAlone(environment: Readonly<Record<string, string>>): Promise<void> {
  Object.assign(process.env, environment);
  await using client = await connect();
  const job = await client.openJob({ name: "alone", exclusive: true, functions: [where] });
  const runs = Array.from({ length: SERVERS }, () => job.run(where, [1000]));
  for await (const event of job.events.values()) if (event.type === "job.active") break;
  const others = holding(await client.status(), "alone");
  expectThat(others === 0, `others hold ${others} servers beside the exclusive job`);
  const servers = new Set<string>();
  for (const run of runs) servers.add(await run);
  expectThat(servers.size === SERVERS, `the exclusive job ran on ${servers.size} servers`);
  await job.close();
}

async function expectNothingLeft(environment: Readonly<Record<string, string>>, data: string): Promise<void> {
  Object.assign(process.env, environment);
  await using client = await connect();
  let status = await client.status();
  let folders = leftIn(data);
  // Each server process has a folder, and the spare one.
  const isClean = (): boolean =>
    status.jobs.length === 0 &&
    status.servers.length === SERVERS &&
    status.servers.every(({ state }) => state === "ready") &&
    folders.length <= SERVERS + 1;
  for (let tries = 0; !isClean() && tries < 100; tries += 1) {
    await sleep(200);
    status = await client.status();
    folders = leftIn(data);
  }
  const left = status.servers.filter(({ state }) => state !== "ready");
  expectThat(
    isClean(),
    `left: ${status.jobs.length} jobs, ${JSON.stringify(left)}, ${folders.length} folders ${folders.join(" ")}`,
  );
}
