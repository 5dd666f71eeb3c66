/** `skein run FILE.ts [ARGS…]`: runs a program as a client of a cluster. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { resolve } from "node:path";
import type { Command } from "commander";
import { silentLogger, SkeinError } from "@skein/runtime";
import { withCompileCache } from "../compile-cache.ts";
import { defaultDataPath } from "../data-directory.ts";
import { noClusterHere } from "../join-cluster.ts";
import { Guardian } from "../servers/guardian.ts";
import { hasJoined } from "../kept-identities.ts";
import { readUpState } from "../up-state.ts";
import { EXIT } from "./exit-codes.ts";

/** Runs in the program before its first line. */
const PRELOAD = new URL(`./run-preload${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url).href;

export function runCommand(program: Command, done: (code: number) => void): void {
  program
    .command("run")
    .description("run FILE as a client program: in it, connect() finds the cluster")
    .argument("<FILE>", "a TypeScript or JavaScript module")
    .argument("[ARGS...]", "its arguments")
    .passThroughOptions()
    .option("--on <LINK>", "the cluster (default: SKEIN_CLUSTER, else the skein up of this machine)")
    .option("--logs", "show what tasks log, and what servers print, on standard error")
    .option(
      "--progress",
      "show how far its jobs are, on standard error: a bar on a terminal, else a line for each tenth",
    )
    .addHelpText(
      "after",
      `
Examples:
  skein run work.ts 5 --fast        options after FILE are the program's
  skein run --on LINK work.ts       on the cluster of an invite (skein invite --role client)
  skein run --progress --logs work.ts

Its exit code is the program's; 3 when there is no cluster.`,
    )
    .action(async (file: string, args: readonly string[], options: RunOptions) => done(await run(file, args, options)));
}

interface RunOptions {
  readonly on?: string;
  readonly logs?: true;
  readonly progress?: true;
}

async function run(file: string, args: readonly string[], options: RunOptions): Promise<number> {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new SkeinError("OPTION_INVALID", `there is no file ${file}`, { hint: "name a module: skein run work.ts" });
  }
  const link = options.on ?? process.env["SKEIN_CLUSTER"];
  const secret = process.env["SKEIN_SECRET"];
  const data = defaultDataPath();
  // Else the program says so, once it has looked around.
  if (link === undefined && secret === undefined && readUpState(data) === undefined && !hasJoined(data)) {
    throw noClusterHere();
  }
  const child = spawn(process.execPath, ["--import", PRELOAD, path, ...args], {
    stdio: "inherit",
    env: withCompileCache({
      ...process.env,
      SKEIN_RUN: "1",
      ...(link === undefined ? {} : { SKEIN_CLUSTER: link }),
      ...(options.logs === true ? { SKEIN_LOGS: "1" } : {}),
      ...(options.progress === true ? { SKEIN_PROGRESS: "1" } : {}),
    }),
  });
  // Whatever ends us ends the program too, kill -9 as well.
  const guardian = new Guardian(silentLogger);
  if (child.pid !== undefined) guardian.watch(child.pid);
  // A terminal tells the child as well; a service manager tells only us.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  const [code, signal]: unknown[] = await once(child, "exit");
  if (child.pid !== undefined) guardian.forget(child.pid);
  guardian.close();
  if (typeof code === "number") return code;
  const number =
    typeof signal === "string" ? Object.entries(constants.signals).find(([name]) => name === signal)?.[1] : undefined;
  return number === undefined ? EXIT.failed : 128 + number;
}
