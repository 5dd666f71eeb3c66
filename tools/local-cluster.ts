/** Starts `skein up` as a child process, for `npm start`, the examples and the benches. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export interface LocalCluster {
  /** A link that opens the console, once. */
  readonly console: string;
  /** What to type on another machine to add its cores. */
  readonly node: string;
  /** No other machine reaches it. */
  readonly onlyThisMachine: boolean;
  /** Environment in which `connect()` finds this cluster. */
  readonly environment: Readonly<Record<string, string>>;
  readonly process: ChildProcess;
  /** What a command of skein prints as JSON about it: `ask("status")`. */
  ask(...words: readonly string[]): Promise<unknown>;
  /** Ends it and everything below it; twice does nothing. */
  close(): Promise<void>;
}

export interface LocalClusterOptions {
  /** Data directory: cluster key, identity, code. */
  readonly data: string;
  /** Path of the command `skein`. Default: that of the sources. */
  readonly command?: string;
  /** Further words for `skein up`. */
  readonly args?: readonly string[];
}

interface UpLine {
  readonly type: "up";
  readonly console: string;
  readonly node: string;
  readonly onlyThisMachine: boolean;
}

const isUpLine = (value: unknown): value is UpLine =>
  typeof value === "object" &&
  value !== null &&
  "type" in value &&
  value.type === "up" &&
  "console" in value &&
  "node" in value &&
  "onlyThisMachine" in value;

/** Resolves when the cluster takes jobs. Its log goes to our standard error. */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { command = fileURLToPath(new URL("../packages/skein/bin/skein.mjs", import.meta.url)) } = options;
  const environment = { SKEIN_DATA: options.data };
  // its standard input is our pipe: it ends when we do, however we end
  const args = [command, "up", "--json", "--until-stdin-ends", ...(options.args ?? [])];
  const child = spawn(process.execPath, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  const exited = once(child, "exit");
  const line = await Promise.race([
    firstLine(child),
    exited.then(() => {
      throw new Error("skein up ended before it was ready; its words are above");
    }),
  ]);
  return {
    console: line.console,
    node: line.node,
    onlyThisMachine: line.onlyThisMachine,
    environment,
    process: child,
    ask: (...words) => printed([command, ...words, "--json"], environment),
    async close() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await exited;
    },
  };
}

async function printed(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<unknown> {
  const child = spawn(process.execPath, words, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  return JSON.parse(await text(child.stdout));
}

async function firstLine(child: ChildProcess): Promise<UpLine> {
  if (child.stdout === null) throw new Error("skein up has no standard output");
  for await (const line of createInterface(child.stdout)) {
    const value: unknown = JSON.parse(line);
    if (isUpLine(value)) {
      child.stdout.resume();
      return value;
    }
  }
  throw new Error("skein up printed no line that says where it is");
}
