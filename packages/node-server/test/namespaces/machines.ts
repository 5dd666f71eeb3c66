/** Hosts of a network as machines with the command `skein`: each with a data directory of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BIN } from "../programs.ts";
import { Lan, type LanHost } from "./lan.ts";

/** One line of JSON that a command printed. */
export type JsonLine = Readonly<Record<string, unknown>>;

export class Machines {
  readonly lan: Lan;
  readonly #folder = mkdtempSync(join(tmpdir(), "skein-machines-"));
  readonly #children: ChildProcess[] = [];
  #made = 0;

  /** `net`: the first two numbers of the network's addresses. */
  constructor(net: string) {
    this.lan = new Lan(net);
  }

  machine(): Machine {
    this.#made += 1;
    const data = join(this.#folder, String(this.#made));
    return new Machine(this.lan.host(), data, (child) => this.#children.push(child));
  }

  async close(): Promise<void> {
    // Processes first: what runs in a namespace keeps it.
    await Promise.all(this.#children.map(ended));
    this.lan.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export class Machine {
  readonly host: LanHost;
  readonly data: string;
  readonly #started: (child: ChildProcess) => void;

  constructor(host: LanHost, data: string, started: (child: ChildProcess) => void) {
    this.host = host;
    this.data = data;
    this.#started = started;
  }

  /** Starts `skein WORDS` there. */
  skein(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
    const { SKEIN_CLUSTER: _, SKEIN_SECRET: __, ...inherited } = process.env;
    const child = spawn("ip", ["netns", "exec", this.host.namespace, process.execPath, BIN, ...words], {
      env: { ...inherited, NO_COLOR: "1", SKEIN_DATA: this.data, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#started(child);
    return new Running(child);
  }
}

/** A command that runs: what it has printed, line by line. */
export class Running {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly exited: Promise<number | null>;
  errors = "";
  readonly #waiting = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.child = child;
    const { promise, resolve } = Promise.withResolvers<number | null>();
    this.exited = promise;
    child.once("close", (code) => {
      resolve(code);
      for (const look of this.#waiting) look();
    });
    child.stderr?.on("data", (text: Buffer) => (this.errors += text.toString()));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.lines.push(line);
      for (const look of this.#waiting) look();
    });
  }

  /** The first line of JSON of this type; fails when the command ends without it. */
  json(type: string): Promise<JsonLine> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.lines
          .filter((line) => line.startsWith("{"))
          .map((line): JsonLine => JSON.parse(line))
          .find((line) => line["type"] === type);
        const over = this.child.exitCode !== null || this.child.signalCode !== null;
        if (found === undefined && !over) return;
        this.#waiting.delete(look);
        if (found === undefined) reject(new Error(`it ended without ${type}: ${this.lines.join("\n")}${this.errors}`));
        else resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
