/** A worker of a pool on this machine: a process of its own, on an inherited socketpair. */
import { fileURLToPath } from "node:url";
import { SkeinError } from "@skein/runtime";
import type { PoolProcess } from "@skein/runtime/host";

/** Beside this file: `.ts` while developing, `.js` when published. */
const ENTRY = fileURLToPath(
  new URL(`./worker-process${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url),
);

/** Room for what lives shortly. V8 would take twice as much in time, which is 70 MB of garbage in each worker. */
const YOUNG_LIMIT = "--max-semi-space-size=16";

export interface LocalWorkers {
  /** Where what functions print goes. */
  readonly output: "stdout" | "stderr";
  readonly isolation: "trusted" | "guarded";
  /** How many share the machine's memory. */
  readonly workers: () => number;
}

/**
 * The process begins at once: while it loads, its pool loads what it needs for it, and looks at the function.
 *
 * @throws {SkeinError} `SETUP_FAILED` when the system can't start it
 */
export async function startLocalWorker({ output, isolation, workers }: LocalWorkers): Promise<PoolProcess> {
  // Programs without a pool don't load them.
  const { spawn } = process.getBuiltinModule("node:child_process");
  const { Socket } = process.getBuiltinModule("node:net");
  const guarded =
    isolation === "guarded" ? (await import("./guarded-worker.ts")).guardedLaunch(ENTRY, workers()) : undefined;
  const command = guarded?.command ?? process.execPath;
  const args = guarded?.args ?? ["--no-warnings", YOUNG_LIMIT, ...inheritedFlags(), ENTRY];
  // 3 is the link: Node makes a socketpair of it, which has no path and no one else can open.
  const child = spawn(command, args, {
    ...(guarded === undefined ? {} : { cwd: guarded.folder, env: guarded.environment }),
    stdio: ["ignore", output === "stdout" ? "inherit" : 2, "inherit", "pipe"],
    windowsHide: true,
  });
  let failure: Error | undefined;
  child.once("error", (error) => (failure = error));
  const socket = child.stdio[3];
  if (child.pid === undefined || !(socket instanceof Socket)) {
    throw new SkeinError("SETUP_FAILED", "the system could not start a worker process", {
      hint: "look at the limits for processes, files and memory (ulimit -a)",
      cause: failure,
    });
  }
  const { pid } = child;
  // Calls under way keep the program alive, idle workers don't.
  child.unref();
  socket.unref();
  const { promise: exited, resolve } = Promise.withResolvers<string>();
  child.once("exit", (code, signal) =>
    resolve(signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`),
  );
  const [{ poolLink }, { guard }] = await Promise.all([import("../links/socketpair.ts"), import("./guard.ts")]);
  const link = poolLink(socket);
  void exited.then(guard(pid, socket));
  void exited.then(() => guarded?.ended());
  return {
    link,
    name: `pid ${pid}`,
    exited,
    kill: () => void child.kill("SIGKILL"),
  };
}

/** What this process was told of how to load modules, workers are told, too. */
function inheritedFlags(): string[] {
  return process.execArgv.filter((flag) => /^--(?:conditions|import|require|experimental-[a-z-]+)=/.test(flag));
}
