/** For tests: a real ssh server on loopback with keys of its own, and an `ssh` that knows them. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { geteuid } from "node:process";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { execPath } from "node:process";

const SSHD = "/usr/sbin/sshd";

/** Why there is no ssh server; `undefined` when there is one. */
export const whyNoSshd = (): string | undefined =>
  existsSync(SSHD) && existsSync("/usr/bin/ssh") ? undefined : "no OpenSSH server is installed";

export interface SshServer {
  readonly port: number;
  /** Its host in a pool, with as many workers, and this very Node. */
  host(workers: number): string;
  /** Where the user's programs there keep what they keep. */
  readonly cache: string;
  /** A folder with an `ssh` that has the user's key and trusts the host's: to stand first on the path. */
  readonly bin: string;
  /** Takes the host's key away from those that `ssh` trusts, or puts it back. */
  trust(on: boolean): void;
  close(): void;
}

/** Starts it; `around` are words before it, for a server in a network namespace. */
export async function startSshd(address = "127.0.0.1", port = 0, around: readonly string[] = []): Promise<SshServer> {
  const folder = mkdtempSync(join(tmpdir(), "skein-sshd-"));
  const at = (name: string): string => join(folder, name);
  if (geteuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  for (const key of ["host", "user"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at(key)]);
  writeFileSync(
    at("sshd_config"),
    [
      `HostKey ${at("host")}`,
      `AuthorizedKeysFile ${at("user.pub")}`,
      "PidFile none",
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "PermitRootLogin prohibit-password",
      `SetEnv XDG_CACHE_HOME=${at("cache")}`,
    ].join("\n"),
  );
  const server = spawnServer();
  const listening = await server;
  const known = `${listening.port === 22 ? address : `[${address}]:${listening.port}`} ${readFileSync(at("host.pub"), "utf8")}`;
  writeFileSync(at("known_hosts"), known);
  const options = `IdentityFile ${at("user")}\nIdentitiesOnly yes\nUserKnownHostsFile ${at("known_hosts")}\nGlobalKnownHostsFile /dev/null\n`;
  writeFileSync(at("ssh_config"), options);
  mkdirSync(at("bin"));
  writeFileSync(at("bin/ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F ${at("ssh_config")} "$@"\n`, { mode: 0o700 });
  return {
    port: listening.port,
    cache: at("cache"),
    bin: at("bin"),
    host: (workers) => `ssh://${userInfo().username}@${address}:${listening.port}/${workers}?node=${execPath}`,
    trust: (on) => writeFileSync(at("known_hosts"), on ? known : ""),
    close: () => {
      listening.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };

  async function spawnServer(): Promise<{ port: number; kill: () => void }> {
    const wanted = port === 0 ? await freePort(address) : port;
    const words = [
      ...around,
      SSHD,
      "-D",
      "-e",
      "-f",
      at("sshd_config"),
      "-p",
      `${wanted}`,
      "-o",
      `ListenAddress=${address}`,
    ];
    const child = spawn(words[0] ?? "", words.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      createInterface(child.stderr).on("line", (line) => {
        said.push(line);
        if (line.includes("Server listening")) resolve();
      });
      child.once("exit", () => reject(new Error(`sshd ended: ${said.join("; ")}`)));
    });
    return { port: wanted, kill: () => void child.kill("SIGKILL") };
  }
}

/** Has programs find that `ssh` first; gives what undoes it. */
export function firstOnPath(folder: string): () => void {
  const { PATH: before = "" } = process.env;
  process.env["PATH"] = `${folder}${delimiter}${before}`;
  return () => void (process.env["PATH"] = before);
}

async function freePort(host: string): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, host);
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
