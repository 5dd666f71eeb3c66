/** `ServerHost` on Node: a child process per lane on an inherited socketpair, and one started ahead. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Logger, type PeerId, silentLogger, SkeinError } from "@skein/runtime";
import type { EarlyCancel, ServerHost, ServerLine, ServerProcess, ServerProcessExit } from "@skein/runtime/host";
import { withCompileCache } from "../compile-cache.ts";
import { socketLink } from "../links/socketpair.ts";
import { CancelFile } from "./cancel-file.ts";
import { encodeGreeting, type Greeting } from "./greeting.ts";
import { Guardian } from "./guardian.ts";
import { eachLine } from "./lines.ts";
import { MarkReader } from "./output-marks.ts";

/** After the last start; so that servers started together are not slowed by the spare. */
const SPARE_AFTER_MS = 250;
/** Lines of standard error kept of each process: what it said before it died. */
const LAST_WORDS_LIMIT = 10;
/** How long what an ended process printed is waited for. */
const LAST_OUTPUT_MS = 250;

/** Beside this file: `.ts` while developing, `.js` when published. */
const ENTRY = fileURLToPath(
  new URL(`./server-process${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url),
);

export interface NodeServerHostOptions {
  /** The node's own peer. */
  readonly peer: PeerId;
  /** Number of CPU lanes. */
  readonly servers: number;
  /** URL of the folder with code bundles, ending in `/`. */
  readonly codeUrl: string;
  /** Folder whose `node_modules` has the packages that jobs name in `packages`. Default: the working directory. */
  readonly packagesPath?: string;
  /** Gets `server.output` with the lines servers print, and `server.started`, `server.exited`. */
  readonly logger?: Logger;
  /** Environment of server processes. Default: this process's, without a debugger's options. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Makes the server host of a node. Each process leads a group of its own, so that what it starts ends with it;
 * all groups end when this process does, also after `kill -9`.
 *
 * `start` throws `SETUP_FAILED` when the system can't start a process, `RUNTIME_CLOSED` after `close`.
 *
 * @example
 * const host = createServerHost({ peer: peer.id, servers: 2, codeUrl: pathToFileURL(`${data.codePath}/`).href });
 */
export function createServerHost(options: NodeServerHostOptions): ServerHost {
  return new NodeServerHost(options);
}

class NodeServerHost implements ServerHost {
  readonly servers: number;
  readonly #options: NodeServerHostOptions;
  readonly #logger: Logger;
  readonly #guardian: Guardian;
  readonly #processes = new Set<ServerChild>();
  #spare: ServerChild | undefined;
  #spareTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: NodeServerHostOptions) {
    this.#options = options;
    this.servers = options.servers;
    this.#logger = options.logger ?? silentLogger;
    this.#guardian = new Guardian(this.#logger);
  }

  async start(server: number): Promise<ServerProcess> {
    const child = this.#takeSpare() ?? this.#spawn();
    this.#startSpareSoon();
    const { peer, codeUrl, packagesPath = process.cwd() } = this.#options;
    child.greet({ server, peer, codeUrl, packagesUrl: `${pathToFileURL(packagesPath).href}/` });
    this.#logger.debug("server.started", { server, pid: child.pid });
    return child;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#spareTimer);
    const processes = [...this.#processes];
    for (const process of processes) process.kill();
    await Promise.all(processes.map((process) => process.exited));
    this.#guardian.close();
  }

  #takeSpare(): ServerChild | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare;
  }

  #startSpareSoon(): void {
    clearTimeout(this.#spareTimer);
    this.#spareTimer = setTimeout(() => {
      if (this.#closed || this.#spare !== undefined) return;
      try {
        this.#spare = this.#spawn();
      } catch (error) {
        this.#logger.warn("server.no-spare", { error }); // the next start tries again, and tells its caller
      }
    }, SPARE_AFTER_MS).unref();
  }

  #spawn(): ServerChild {
    if (this.#closed) {
      throw new SkeinError("RUNTIME_CLOSED", "no server process is started: the node has been closed", {
        hint: "start a new node",
      });
    }
    const started = startProcess(this.#options.environment ?? serverEnvironment(), this.#cancelFile());
    const child = new ServerChild(started, this.#logger);
    this.#processes.add(child);
    this.#guardian.watch(-child.pid);
    void this.#forgetAfter(child);
    return child;
  }

  /** Without one, a task that computes sees its cancel at its next wait only. */
  #cancelFile(): CancelFile | undefined {
    try {
      return new CancelFile();
    } catch (error) {
      this.#logger.warn("server.no-cancel-file", { error });
      return undefined;
    }
  }

  async #forgetAfter(child: ServerChild): Promise<void> {
    const exit = await child.exited;
    this.#processes.delete(child);
    this.#guardian.forget(-child.pid);
    if (this.#spare === child) this.#spare = undefined;
    this.#logger.debug("server.exited", { server: child.server, pid: child.pid, ...exit });
  }
}

/** One child process, from its start as a spare to its end. */
class ServerChild implements ServerProcess {
  readonly link: ServerProcess["link"];
  readonly pid: number;
  readonly exited: Promise<ServerProcessExit>;
  /** 0 while it is a spare. */
  server = 0;
  readonly #child: ChildProcess;
  readonly #cancels: CancelFile | undefined;
  readonly #lastWords: string[] = [];
  #take: (line: ServerLine) => void = () => {};
  #ended = false;

  constructor({ child, pid, socket, cancels }: StartedProcess, logger: Logger) {
    this.#child = child;
    this.#cancels = cancels;
    this.pid = pid;
    this.link = socketLink(socket, "socketpair");
    const { promise, resolve } = Promise.withResolvers<ServerProcessExit>();
    this.exited = promise;
    child.once("exit", (code, signal) => {
      this.#killGroup(); // what it started and left behind
      this.#ended = true;
      cancels?.close();
      void this.#exitOf(code, signal).then(resolve);
    });
    this.#forward("stdout", logger);
    this.#forward("stderr", logger);
  }

  async #exitOf(code: number | null, signal: NodeJS.Signals | null): Promise<ServerProcessExit> {
    await closed(this.#child);
    const lastWords = this.#lastWords.join("\n");
    return { code: code ?? undefined, signal: signal ?? undefined, ...(lastWords === "" ? {} : { lastWords }) };
  }

  greet(greeting: Omit<Greeting, "cancels">): void {
    this.server = greeting.server;
    this.#child.stdin?.on("error", () => {}); // it has ended already, which `exited` tells
    this.#child.stdin?.end(encodeGreeting({ ...greeting, cancels: this.#cancels !== undefined }));
  }

  onLine(take: (line: ServerLine) => void): void {
    this.#take = take;
  }

  cancel(cancel: EarlyCancel): void {
    this.#cancels?.tell(cancel);
  }

  kill(): void {
    if (!this.#ended) this.#killGroup();
  }

  #killGroup(): void {
    if (process.platform === "win32") {
      this.#child.kill("SIGKILL");
      return;
    }
    try {
      process.kill(-this.pid, "SIGKILL");
    } catch {
      // ESRCH: nothing of the group is left.
    }
  }

  #forward(name: "stdout" | "stderr", logger: Logger): void {
    const stream = this.#child[name];
    if (stream === null) return;
    const marks = new MarkReader();
    eachLine(stream, (printed) => {
      const line = marks.read(printed);
      logger.info("server.output", { server: this.server, stream: name, line: line.text });
      this.#take({ stream: name, ...line });
      if (name === "stdout") return;
      this.#lastWords.push(line.text);
      if (this.#lastWords.length > LAST_WORDS_LIMIT) this.#lastWords.shift();
    });
  }
}

/** Waits until all that an ended process had printed is read; a moment only, where another process holds its pipes. */
async function closed(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, LAST_OUTPUT_MS);
    child.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

interface StartedProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly socket: Socket;
  readonly cancels: CancelFile | undefined;
}

function startProcess(environment: NodeJS.ProcessEnv, cancels: CancelFile | undefined): StartedProcess {
  let cause: unknown;
  try {
    const child = spawn(process.execPath, [ENTRY], {
      // 3 is the link: Node makes a socketpair of it, which has no path and no one else can open.
      stdio: ["pipe", "pipe", "pipe", "pipe", cancels?.inherited ?? "ignore"],
      detached: process.platform !== "win32",
      env: environment,
      windowsHide: true,
    });
    child.once("error", () => {}); // told by the missing pid below
    const socket = child.stdio[3];
    if (child.pid !== undefined && socket instanceof Socket) {
      return { child, pid: child.pid, socket, cancels };
    }
  } catch (error) {
    cause = error;
  } finally {
    if (cancels !== undefined) closeSync(cancels.inherited);
  }
  cancels?.close();
  throw new SkeinError("SETUP_FAILED", "the system could not start a server process", {
    hint: "look at the limits for processes, files and memory (ulimit -a)",
    cause,
  });
}

/** This process's environment, without what lets somebody into clusters; a debugger's port can be taken only once. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: options, SKEIN_SECRET: _secret, SKEIN_CLUSTER: _cluster, ...rest } = process.env;
  const kept = options?.split(/\s+/).filter((option) => !option.startsWith("--inspect")) ?? [];
  return withCompileCache(kept.length === 0 ? rest : { ...rest, NODE_OPTIONS: kept.join(" ") });
}
