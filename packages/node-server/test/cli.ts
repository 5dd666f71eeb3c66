/** For tests: the command `skein` as real processes, with data directories of their own, ended with the test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { BIN } from "./programs.ts";

/** Takes what ends a thing. */
export type WhenOver = (end: () => PromiseLike<void> | void) => void;

/** A folder that is gone after the test. */
export function temporaryFolder(whenOver: WhenOver = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), "skein-test-"));
  whenOver(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Command {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Lines of standard output so far. */
  readonly lines: readonly string[];
  readonly errors: () => string;
  /** The next line of standard output that `match` takes, as it comes. */
  line(match: (line: string) => boolean): Promise<string>;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts `node WORDS`, killed after the test when it still runs. */
export function startNode(
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  cwd?: string,
  whenOver: WhenOver = onTestFinished,
): Command {
  const { SKEIN_CLUSTER: _cluster, SKEIN_DATA: _data, ...inherited } = process.env;
  const child = spawn(process.execPath, words, {
    stdio: ["pipe", "pipe", "pipe"],
    // What programs keep, they keep for the test.
    env: { ...inherited, NO_COLOR: "1", XDG_DATA_HOME: temporaryFolder(whenOver), ...environment },
    cwd,
  });
  let errors = "";
  child.stderr.on("data", (text: Buffer) => (errors += text.toString()));
  const lines: string[] = [];
  const waiting = new Set<(line: string) => void>();
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line);
    for (const take of waiting) take(line);
  });
  const exited = once(child, "close").then(([code, signal]: unknown[]) => ({
    code: typeof code === "number" ? code : null,
    signal: (signal ?? null) as NodeJS.Signals | null,
  }));
  whenOver(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
  });
  if (child.pid === undefined) throw new Error("no process");
  return {
    child,
    pid: child.pid,
    lines,
    errors: () => errors,
    exited,
    line: (match) =>
      new Promise((resolve, reject) => {
        const take = (line: string): void => {
          if (!match(line)) return;
          waiting.delete(take);
          resolve(line);
        };
        lines.forEach(take);
        waiting.add(take);
        void exited.then(({ code }) => reject(new Error(`ended with ${code} before it printed the line:\n${errors}`)));
      }),
  };
}

export const startSkein = (
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  cwd?: string,
  whenOver?: WhenOver,
): Command => startNode([BIN, ...words], environment, cwd, whenOver);

/** Any free ports of loopback, so that tests don't meet. */
export const ANY_PORTS: readonly string[] = [
  "--listen",
  "127.0.0.1:0",
  "--listen",
  "ws://127.0.0.1:0",
  "--console-port",
  "0",
];

export interface UpLine {
  readonly type: "up";
  readonly cluster: string;
  readonly peer: string;
  readonly addresses: readonly string[];
  readonly console: string;
  /** With `--metrics-port`. */
  readonly metrics: string;
  readonly node: string;
  readonly invite: string;
  readonly onlyThisMachine: boolean;
  readonly pid: number;
}

export interface UpCommand extends Command {
  readonly data: string;
  readonly up: UpLine;
  readonly environment: NodeJS.ProcessEnv;
}

/** Starts `skein up` and waits until it takes jobs. */
export async function startUp(
  words: readonly string[] = [],
  data: string = temporaryFolder(),
  ports: readonly string[] = ANY_PORTS,
  environment: NodeJS.ProcessEnv = {},
  whenOver?: WhenOver,
): Promise<UpCommand> {
  const all = [BIN, "up", "--json", "--data", data, "--servers", "2", ...ports, ...words];
  const command = startNode(all, environment, undefined, whenOver);
  const up: UpLine = JSON.parse(await command.line((line) => line.startsWith("{")));
  return { ...command, data, up, environment: { SKEIN_DATA: data } };
}

/** One `skein up` for all tests of a file, or of a `describe`: call it there. Gives what is there once they run. */
export function sharedUp(words: readonly string[] = []): () => UpCommand {
  const ends: (() => PromiseLike<void> | void)[] = [];
  let up: UpCommand | undefined;
  beforeAll(async () => {
    const whenOver: WhenOver = (end) => void ends.push(end);
    up = await startUp(words, temporaryFolder(whenOver), ANY_PORTS, {}, whenOver);
  });
  afterAll(async () => {
    up?.child.kill("SIGTERM");
    await up?.exited;
    for (const end of ends.toReversed()) await end();
  });
  return () => {
    if (up === undefined) throw new Error("no test runs yet");
    return up;
  };
}

/** Runs `skein WORDS` to its end. */
export async function skein(words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const command = startSkein(words, environment);
  command.child.stdin?.end();
  const { code } = await command.exited;
  return { code, stdout: command.lines.join("\n"), stderr: command.errors() };
}
