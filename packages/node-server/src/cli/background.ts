/** `--daemon`: the same command in a process of its own, without a terminal; this one ends once that one is ready. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { argv, execArgv, execPath } from "node:process";
import { SkeinError } from "@skein/runtime";
import type { Config } from "../config.ts";
import { EXIT } from "./exit-codes.ts";
import { print, printJson } from "./output.ts";

/** In the data directory: what the process in the background logs and says. */
export const LOG_FILE = "skein.log";

/** Set in the environment of that process; it tells the one that started it when it is ready. */
const MARK = "SKEIN_IN_BACKGROUND";

/** Whether this process is to start another in the background and end. */
export function goesToBackground({ daemon }: Config, untilStdinEnds: boolean): boolean {
  if (!daemon || process.env[MARK] === "1") return false;
  if (!untilStdinEnds) return true;
  throw new SkeinError("OPTION_INVALID", "in the background there is no standard input that could end", {
    hint: "leave out --daemon or --until-stdin-ends",
  });
}

/** Starts it, waits until it is ready, and gives the exit code. What it would have printed is printed here. */
export async function runInBackground(config: Config, json: boolean): Promise<number> {
  mkdirSync(config.data, { recursive: true, mode: 0o700 });
  const path = join(config.data, LOG_FILE);
  const log = openSync(path, "a", 0o600);
  const begin = statSync(path).size;
  const words = argv.slice(1).filter((word) => word !== "--daemon");
  const child = spawn(execPath, [...execArgv, ...words], {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
    env: { ...process.env, [MARK]: "1" },
    windowsHide: true,
  });
  closeSync(log);
  const ready = await readyWords(child);
  if (ready === undefined) {
    process.stderr.write(readFileSync(path).subarray(begin));
    return child.exitCode ?? EXIT.failed;
  }
  child.disconnect();
  child.unref();
  if (json) printJson(ready.line);
  else print(`${ready.text}\n\nIt runs in the background: kill ${child.pid} ends it.\nIts log is ${path}`);
  return EXIT.done;
}

/** What a process in the background says once it is ready: for programs, and for people. */
interface Ready {
  readonly line: object;
  readonly text: string;
}

/** What the process said when it was ready; nothing when it has ended before. */
async function readyWords(child: ChildProcess): Promise<Ready | undefined> {
  return await new Promise((resolve, reject) => {
    child.once("message", (words) => resolve(words as unknown as Ready)); // tellReady's: it is our own command
    child.once("exit", () => resolve(undefined));
    child.once("error", reject);
  });
}

/** In the background: tells whoever started this process that it is ready; a second time, or elsewhere, nothing. */
export function tellReady(line: object, text: string): void {
  if (process.env[MARK] !== "1" || process.send === undefined || !process.connected) return;
  const words: Ready = { line, text };
  process.send(words, undefined, {}, () => {
    if (process.connected) process.disconnect();
  });
}
