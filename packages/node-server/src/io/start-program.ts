/** Starting one program of the system, and how it ended. */
import type { ChildProcess } from "node:child_process";
import { SkeinError } from "@skein/runtime";
import { Deferred } from "@skein/runtime/host";
import { loadChildProcess } from "./builtins.ts";
import { reasonOf } from "./connection.ts";

export interface StartProgramOptions {
  /** Its working directory. Default: this process's. */
  readonly cwd?: string;
  /** Added to this process's environment; `undefined` takes a name out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What it reads: what is written to it (the default), nothing, or this process's own standard input. */
  readonly stdin?: "pipe" | "none" | "inherit";
}

/** How a program ended: by itself with a code, or by a signal. */
export interface ProgramEnd {
  readonly code: number | undefined;
  readonly signal?: string;
}

export interface StartedProgram {
  readonly file: string;
  /** None when it could not even be tried; `failure` says why. */
  readonly child?: ChildProcess;
  readonly failure?: Error;
  /** Rejected with `PROGRAM_FAILED` when it could not be started. */
  readonly ended: Deferred<ProgramEnd>;
}

/** Programs that run, to be ended when this process ends. */
const alive = new Set<ChildProcess>();
let watchesExit = false;

/** Starts `file`. It never throws: why it could not be started is told by `ended`. */
export function startProgram(file: string, args: readonly string[], options: StartProgramOptions): StartedProgram {
  const stdin = options.stdin ?? "pipe";
  let child: ChildProcess;
  try {
    child = loadChildProcess().spawn(file, args, {
      stdio: [stdin === "none" ? "ignore" : stdin, "pipe", "pipe"],
      windowsHide: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: { ...process.env, ...options.env } }),
    });
  } catch (cause) {
    // What the system refuses at once: an argument with a zero byte, too many arguments, no more processes.
    return notStarted(file, startError(file, cause));
  }
  const ended = new Deferred<ProgramEnd>(`end of ${file}`).ignore();
  keepUntilEnd(child);
  child.once("error", (cause) => ended.reject(startError(file, cause)));
  child.once("exit", (code, signal) =>
    ended.resolve({ code: code ?? undefined, ...(signal === null ? {} : { signal }) }),
  );
  return { file, child, ended };
}

/** Stands for a program that is not started because of `failure`. */
export function notStarted(file: string, failure: Error): StartedProgram {
  const ended = new Deferred<ProgramEnd>(`end of ${file}`).ignore();
  ended.reject(failure);
  return { file, failure, ended };
}

function keepUntilEnd(child: ChildProcess): void {
  if (!watchesExit) {
    watchesExit = true;
    process.on("exit", () => {
      for (const other of alive) other.kill("SIGKILL");
    });
  }
  alive.add(child);
  const forget = (): void => void alive.delete(child);
  child.once("exit", forget);
  child.once("error", forget);
}

function startError(file: string, cause: unknown): SkeinError {
  return new SkeinError("PROGRAM_FAILED", `${file} could not be started${reasonOf(cause)}`, {
    hint: "see whether it is installed and in PATH, may be executed, and cwd exists",
    cause,
  });
}
