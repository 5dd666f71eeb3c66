/** For tests: a real ssh server with keys of its own, and an `ssh` that knows them. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomInt } from "node:crypto";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { execPath, geteuid } from "node:process";
import { createInterface } from "node:readline";

const SSHD = "/usr/sbin/sshd";
const SSH = "/usr/bin/ssh";

/** Why there is no ssh server; `undefined` when there is one. */
export const whyNoSshd = (): string | undefined =>
  existsSync(SSHD) && existsSync(SSH) ? undefined : "no OpenSSH server is installed";

export interface SshServer {
  readonly address: string;
  readonly port: number;
  /** As a host of a pool with so many workers, with this very Node. */
  host(workers: number): string;
  /** Where the user's programs there keep what they keep. */
  readonly cache: string;
  /** What an `ssh` has to know of it, for its configuration. */
  readonly config: string;
  /** Takes the host's key away from those that are trusted, or puts it back. */
  trust(on: boolean): void;
  close(): void;
}

export interface SshdOptions {
  readonly address: string;
  readonly port: number;
  /** Words before the server's, to start it in a network namespace. */
  readonly around?: readonly string[];
}

/** Starts one on loopback, at a port that is free. */
export async function startSshdHere(): Promise<SshServer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startSshd({ address: "127.0.0.1", port: randomInt(20_000, 30_000) });
    } catch (error) {
      if (tries === 10) throw error;
    }
  }
}

export async function startSshd({ address, port, around = [] }: SshdOptions): Promise<SshServer> {
  const folder = mkdtempSync(join(tmpdir(), "skein-sshd-"));
  const at = (name: string): string => join(folder, name);
  if (geteuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  for (const key of ["host", "user"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at(key)]);
  const settings = [
    `HostKey ${at("host")}`,
    `AuthorizedKeysFile ${at("user.pub")}`,
    `ListenAddress ${address}`,
    `Port ${port}`,
    "PidFile none",
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "PermitRootLogin prohibit-password",
    `SetEnv XDG_CACHE_HOME=${at("cache")}`,
  ];
  writeFileSync(at("sshd_config"), settings.join("\n"));
  const words = [...around, SSHD, "-D", "-e", "-f", at("sshd_config")];
  const server = spawn(words[0] ?? "", words.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
  await listening(server);
  const known = `${port === 22 ? address : `[${address}]:${port}`} ${readFileSync(at("host.pub"), "utf8")}`;
  const trust = (on: boolean): void => writeFileSync(at("known_hosts"), on ? known : "");
  trust(true);
  return {
    address,
    port,
    host: (workers) => `ssh://${userInfo().username}@${address}:${port}/${workers}?node=${execPath}`,
    cache: at("cache"),
    config: [
      `Host ${address}`,
      `IdentityFile ${at("user")}`,
      "IdentitiesOnly yes",
      `UserKnownHostsFile ${at("known_hosts")}`,
      "GlobalKnownHostsFile /dev/null",
      "",
    ].join("\n"),
    trust,
    close: () => {
      server.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listening(server: ChildProcess): Promise<void> {
  const { stderr } = server;
  if (stderr === null) throw new TypeError("standard error is read");
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface(stderr).on("line", (line) => {
      said.push(line);
      if (line.includes("Server listening")) resolve();
    });
    server.once("error", reject).once("exit", () => reject(new Error(`sshd has ended: ${said.join("; ")}`)));
  });
}

/** Puts an `ssh` that knows the servers into a new folder, for it to stand first on a program's path. */
export function sshFor(...servers: readonly SshServer[]): { readonly path: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "skein-ssh-"));
  writeFileSync(join(folder, "config"), servers.map(({ config }) => config).join("\n"));
  writeFileSync(join(folder, "ssh"), `#!/bin/sh\nexec ${SSH} -F ${join(folder, "config")} "$@"\n`, { mode: 0o700 });
  return {
    path: `${folder}${delimiter}${process.env["PATH"] ?? ""}`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
