/** One server process, from its start as a spare to its end: its link, its folder, what it prints, and how it ended. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, writeFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { Socket } from "node:net";
import { constants as system } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type CodeDigest, type Logger, SkeinError } from "@skein/runtime";
import {
  type Confinement,
  type EarlyCancel,
  isCodeDigest,
  type ServerLine,
  type ServerProcess,
  type ServerProcessExit,
} from "@skein/runtime/host";
import { giveFiles } from "../files/give-files.ts";
import { GivenFiles } from "../files/given-files.ts";
import type { Launch } from "../isolation/launch.ts";
import type { ServerFolder } from "../isolation/server-folder.ts";
import { socketLink } from "../links/socketpair.ts";
import type { CancelFile } from "./cancel-file.ts";
import { encodeGreeting, type Greeting } from "./greeting.ts";
import { LastWords } from "./last-words.ts";
import { eachLine } from "./lines.ts";
import { FRESH_MARK, MarkReader } from "./output-marks.ts";

/** How long what an ended process printed is waited for. */
const LAST_OUTPUT_MS = 250;
/** When memory runs out on the machine, the system ends jobs' processes before others. */
const OOM_SCORE = "500";
/** A shell's way, and bubblewrap's, to say that a signal ended its program. */
const BY_SIGNAL = 128;

export interface ServerChildOptions {
  readonly launch: Launch;
  readonly confinement: Confinement;
  readonly folder: ServerFolder;
  readonly uid: number | undefined;
  readonly cancels: CancelFile | undefined;
  /** Folder with the bundles of the node's store. */
  readonly codePath: string;
  readonly logger: Logger;
}

export class ServerChild implements ServerProcess {
  readonly link: ServerProcess["link"];
  readonly pid: number;
  readonly confinement: Confinement;
  readonly folder: string;
  readonly exited: Promise<ServerProcessExit>;
  /** 0 while it is a spare. */
  server = 0;
  /** What its node has put into its folder. */
  readonly given: GivenFiles = new GivenFiles();
  readonly #options: ServerChildOptions;
  readonly #child: ChildProcess;
  readonly #lastWords = new LastWords();
  #take: (line: ServerLine) => void = () => {};
  #error: SkeinError | undefined;
  #ended = false;

  /** @throws {SkeinError} `SETUP_FAILED` when the system can't start it */
  constructor(options: ServerChildOptions) {
    const { cancels, logger } = options;
    const { child, pid, socket } = startProcess(options);
    this.#options = options;
    this.#child = child;
    this.pid = pid;
    this.confinement = options.confinement;
    this.folder = options.folder.path;
    this.link = socketLink(socket, "socketpair");
    endEarlier(pid);
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

  greet({ peer, server, packagesPath }: Pick<Greeting, "peer" | "server"> & { readonly packagesPath: string }): void {
    const { cancels, folder } = this.#options;
    this.server = server;
    this.#child.stdin?.on("error", () => {}); // it has ended already, which `exited` tells
    const codeUrl = `${pathToFileURL(folder.code).href}/`;
    const packagesUrl = `${pathToFileURL(packagesPath).href}/`;
    const greeting: Greeting = {
      peer,
      server,
      packagesUrl,
      codeUrl,
      folder: folder.path,
      cancels: cancels !== undefined,
    };
    this.#child.stdin?.end(encodeGreeting(greeting));
  }

  onLine(take: (line: ServerLine) => void): void {
    this.#take = take;
  }

  cancel(cancel: EarlyCancel): void {
    this.#options.cancels?.tell(cancel);
  }

  /** A copy of its own: what it could change in it reaches no other. */
  async giveCode(digest: CodeDigest): Promise<void> {
    const { codePath, folder } = this.#options;
    if (!isCodeDigest(digest)) throw codeUnknown(); // it becomes a file's name
    const name = `${digest}.mjs`;
    try {
      await copyFile(join(codePath, name), join(folder.code, name), constants.COPYFILE_EXCL);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EEXIST") return;
      throw codeUnknown(error);
    }
  }

  async giveFiles(from: string, path?: string): Promise<void> {
    const { folder, uid } = this.#options;
    await giveFiles(from, folder.files, {
      // Before they are there: they must not be taken for what the process has made.
      before: (one) => this.given.add(from, one),
      ...(path === undefined ? {} : { path }),
      ...(uid === undefined ? {} : { owner: uid }),
    });
  }

  pause(on: boolean): void {
    if (this.#ended || process.platform === "win32") return;
    try {
      process.kill(-this.pid, on ? "SIGSTOP" : "SIGCONT");
    } catch {
      // ESRCH: it has just ended, which `exited` tells.
    }
  }

  kill(): void {
    if (!this.#ended) this.#killGroup();
  }

  /** Ends it for what it has done, which its exit tells. */
  end(error: SkeinError): void {
    if (this.#ended || this.#error !== undefined) return;
    this.#error = error;
    this.#killGroup();
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

  async #exitOf(code: number | null, signal: NodeJS.Signals | null): Promise<ServerProcessExit> {
    await closed(this.#child);
    const lastWords = this.#lastWords.text;
    const error = this.#error ?? (this.#lastWords.heapFull ? heapFull(this.confinement, lastWords) : undefined);
    return {
      ...endOf(code, signal),
      ...(lastWords === "" ? {} : { lastWords }),
      ...(error === undefined ? {} : { error }),
    };
  }

  #forward(name: "stdout" | "stderr", logger: Logger): void {
    const stream = this.#child[name];
    if (stream === null) return;
    const marks = new MarkReader();
    eachLine(stream, (printed) => {
      const { fresh = false, ...line } = marks.read(printed);
      if (fresh && name === "stderr") this.#lastWords.clear();
      if (printed === FRESH_MARK) return; // it ended without a word
      logger.info("server.output", { server: this.server, stream: name, line: line.text });
      this.#take({ stream: name, ...line });
      if (name === "stderr" && !printed.endsWith(FRESH_MARK)) this.#lastWords.add(line.text);
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

function endOf(code: number | null, signal: NodeJS.Signals | null): Pick<ServerProcessExit, "code" | "signal"> {
  const number = code === null ? 0 : code - BY_SIGNAL;
  const told = Object.entries(system.signals).find(([, value]) => value === number)?.[0];
  if (told !== undefined) return { code: undefined, signal: told };
  return { code: code ?? undefined, signal: signal ?? undefined };
}

interface StartedProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly socket: Socket;
}

function startProcess({ launch, folder, uid, cancels }: ServerChildOptions): StartedProcess {
  let cause: unknown;
  try {
    const child = spawn(launch.command, launch.args, {
      // 3 is the link: Node makes a socketpair of it, which has no path and no one else can open.
      stdio: ["pipe", "pipe", "pipe", "pipe", cancels?.inherited ?? "ignore"],
      detached: process.platform !== "win32",
      env: launch.environment,
      cwd: folder.work,
      windowsHide: true,
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    child.once("error", (error) => (cause = error)); // told by the missing pid below
    const socket = child.stdio[3];
    if (child.pid !== undefined && socket instanceof Socket) return { child, pid: child.pid, socket };
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

function endEarlier(pid: number): void {
  if (process.platform !== "linux") return;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, OOM_SCORE);
  } catch {
    // The system doesn't let us, or it has ended: the watchdog is there still.
  }
}

const codeUnknown = (cause?: unknown): SkeinError =>
  new SkeinError("CODE_UNKNOWN", "the node no longer has this code", { hint: "run it again: it is sent again", cause });

/** V8 ends a process whose heap is full itself, and says how large it had become. */
function heapFull({ isolation }: Confinement, lastWords: string): SkeinError {
  const had = /Mark-Compact.*-> ([\d.]+) \(/.exec(lastWords)?.[1];
  const size = had === undefined ? "" : ` of ${Math.round(Number(had))} MiB`;
  const how =
    isolation === "trusted"
      ? "start the node with NODE_OPTIONS=--max-old-space-size=MIB"
      : "give servers of that node more: --server-memory SIZE";
  return new SkeinError("SERVER_OUT_OF_MEMORY", `the process has filled its heap${size}`, {
    hint: `work on less at a time, or ${how}`,
  });
}
