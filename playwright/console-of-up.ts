/** For tests of the console: a real `skein up`, programs that use it, and a real Chromium that opens it. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { ClusterSnapshot } from "@skein/runtime";
import type { Browser, BrowserContext, Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { BIN } from "../packages/node-server/test/programs.ts";
import { buildPages } from "../tools/build-pages.ts";
import { launchChromium } from "../tools/engines/chromium.ts";
import { type LocalCluster, startLocalCluster } from "../tools/local-cluster.ts";
import { complaintsOf } from "./browser.ts";

export const SERVERS = 2;
/** How long what is expected may take on a busy machine. */
export const SOON = { timeout: 30_000 };

export interface OpenConsole {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: string[];
  /** The console's origin. */
  readonly url: string;
}

/** A program whose lines are read. */
export interface Printing {
  readonly lines: readonly string[];
  /** Waits until it has printed the line so often. */
  prints(line: string, times: number): Promise<void>;
}

/** One cluster and one browser for the tests of a file; what they open and start ends with each test. */
export class ConsoleOfUp {
  #data = "";
  #cluster: LocalCluster | undefined;
  #browser: Browser | undefined;
  readonly #programs = new Set<ChildProcess>();

  /** @param flags further flags of the browser */
  constructor(flags: readonly string[] = []) {
    beforeAll(async () => {
      await buildPages();
      this.#data = await mkdtemp(join(tmpdir(), "skein-e2e-"));
      this.#browser = await launchChromium([...flags]);
    });
    afterEach(async () => {
      for (const program of this.#programs) await this.ended(program);
      for (const context of this.browser.contexts()) await context.close();
    });
    afterAll(async () => {
      await this.#browser?.close();
      await this.#cluster?.close();
      await rm(this.#data, { recursive: true, force: true });
    });
  }

  get cluster(): LocalCluster {
    return there(this.#cluster);
  }

  get browser(): Browser {
    return there(this.#browser);
  }

  /** Starts `skein up`, for the first time or again. */
  async start({ consolePort = "0", tcp = "0" } = {}): Promise<void> {
    const listen = ["--listen", `127.0.0.1:${tcp}`, "--listen", "ws://127.0.0.1:0"];
    const args = ["--servers", String(SERVERS), "--console-port", consolePort, ...listen];
    this.#cluster = await startLocalCluster({ data: this.#data, args, command: BIN });
  }

  async ended(program: ChildProcess): Promise<void> {
    this.#programs.delete(program);
    if (program.exitCode !== null || program.signalCode !== null) return;
    program.kill("SIGKILL");
    await once(program, "exit");
  }

  /** A client process with a job; killed when the test ends. */
  runJob(name: string, tasks: number, ms: number, failures = 0): ChildProcess {
    return this.#startClient("slow-job.ts", name, ...[tasks, ms, failures].map(String));
  }

  /** A client program of `fixtures` that prints what comes of it; killed when the test ends. */
  startPrinting(name: string): Printing {
    const lines: string[] = [];
    createInterface(this.#startClient(name).stdout).on("line", (line) => lines.push(line));
    return {
      lines,
      prints: async (line, times) =>
        await expect.poll(() => lines.filter((one) => one === line).length, SOON).toBe(times),
    };
  }

  #startClient(name: string, ...words: readonly string[]): ChildProcessByStdio<null, Readable, null> {
    const program = fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
    const client = spawn(process.execPath, [program, ...words], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...this.cluster.environment },
    });
    this.#programs.add(client);
    return client;
  }

  /** A second machine with one server; killed when the test ends. */
  async startNode(): Promise<ChildProcess> {
    const invite = this.cluster.node.split(" ").at(-1) ?? "";
    const node = spawn(process.execPath, [BIN, "node", invite, "--servers", "1", "--name", "outlives"], {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, SKEIN_DATA: join(this.#data, "node") },
    });
    this.#programs.add(node);
    await once(node, "spawn");
    return node;
  }

  /** `skein status` prints the snapshot as it is. */
  async status(): Promise<ClusterSnapshot> {
    return (await this.cluster.ask("status")) as ClusterSnapshot;
  }

  /** A login link, for one browser. */
  async link(): Promise<string> {
    return linkOf(await this.cluster.ask("console"));
  }

  /** Opens the console by a login link: each opens one browser. */
  async open(): Promise<OpenConsole> {
    return await this.#openBy(await this.cluster.ask("console"));
  }

  /** Opens a console that another process serves for an invite of that role; it ends with the test. */
  async openElsewhere(role: string): Promise<OpenConsole> {
    const invited = await this.cluster.ask("invite", "--role", role);
    const invite = typeof invited === "object" && invited !== null && "invite" in invited ? String(invited.invite) : "";
    return await this.#openServed("--on", invite);
  }

  /** Opens a console that another process serves for a recording; it ends with the test. */
  async openRecording(file: string): Promise<OpenConsole> {
    return await this.#openServed(file);
  }

  async #openServed(...words: readonly string[]): Promise<OpenConsole> {
    const serving = spawn(process.execPath, [BIN, "console", ...words, "--json", "--port", "0"], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, SKEIN_DATA: join(this.#data, "elsewhere") },
    });
    this.#programs.add(serving);
    const [line] = await once(serving.stdout, "data");
    return await this.#openBy(JSON.parse(String(line)));
  }

  async #openBy(answer: unknown): Promise<OpenConsole> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    const link = linkOf(answer);
    await page.goto(link);
    return { context, page, complaints, url: new URL(link).origin };
  }

  /** `skein cancel`. */
  async cancel(job: string): Promise<void> {
    await this.cluster.ask("cancel", job);
  }
}

export const live = (page: Page): Promise<void> => page.getByText("Live", { exact: true }).waitFor(SOON);

/** Keeps a picture where `SKEIN_SCREENSHOTS` says. */
export async function shoot(page: Page, name: string): Promise<void> {
  const directory = process.env["SKEIN_SCREENSHOTS"];
  if (directory !== undefined) await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true });
}

function linkOf(answer: unknown): string {
  if (typeof answer !== "object" || answer === null || !("console" in answer)) {
    throw new Error(`skein console printed ${JSON.stringify(answer)}`);
  }
  return String(answer.console);
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("not started");
  return value;
}
