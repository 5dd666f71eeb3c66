/** For gates: a `skein up` as a process, and an invite for a client that is not its owner. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../gate.ts";

const BIN = join(root, "packages/skein/bin/skein.mjs");

export interface GuestCluster extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly data: string;
  /** For one client. */
  readonly invite: string;
}

export async function startGuestCluster(
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  cwd: string = root,
): Promise<GuestCluster> {
  const data = mkdtempSync(join(tmpdir(), "skein-gate-"));
  const all = [BIN, "up", "--json", "--data", data, "--listen", "127.0.0.1:0", "--no-console", ...words];
  const child = spawn(process.execPath, all, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
    cwd,
  });
  await once(createInterface(child.stdout), "line");
  const printed = execFileSync(process.execPath, [BIN, "invite", "--role", "client", "--json"], {
    env: { ...process.env, SKEIN_DATA: data },
    encoding: "utf8",
  });
  const { invite }: { readonly invite: string } = JSON.parse(printed);
  return {
    child,
    pid: child.pid ?? 0,
    data,
    invite,
    async [Symbol.asyncDispose]() {
      child.kill("SIGINT");
      if (child.exitCode === null) await once(child, "exit");
      rmSync(data, { recursive: true, force: true });
    },
  };
}
