import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { Commanded, until } from "./commanded.ts";
import { has, Lan, type LanHost, masquerade, skipping, whyNoNamespaces } from "./lan.ts";

const SSHD = "/usr/sbin/sshd";
const missing = whyNoNamespaces() ?? (has("iptables") ? undefined : "iptables is not installed");
const skipped = skipping(missing);
const skippedSsh = skipped || skipping(existsSync(SSHD) ? undefined : "no OpenSSH server is installed");

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Nat {
  readonly outside: Lan;
  /** A host that others can't dial: it is behind the address of a router. */
  readonly hidden: LanHost;
}

function nat(): Nat {
  const [outside, inside] = [new Lan("10.81"), new Lan("10.82")];
  closing.push(() => [outside, inside].map((lan) => lan.close()));
  const router = outside.host();
  const inner = inside.join(router.namespace, "eth1");
  masquerade(router, "10.82", "eth0");
  const hidden = inside.host();
  hidden.ip("route", "add", "default", "via", inner.address);
  return { outside, hidden };
}

function start(options: object, host: LanHost): Commanded {
  const peer = new Commanded(options, host);
  closing.push(async () => await peer.end());
  return peer;
}

interface Shown {
  readonly peer: string;
  readonly transport: string;
}

describe.skipIf(skipped)("a peer behind a router that hides its network", () => {
  for (const [what, listen] of [
    ["listens nowhere", []],
    ["listens where nobody reaches it", ["0.0.0.0:4100"]],
  ] as const) {
    test(`and that ${what} joins, is found and used by others, and uses them`, async () => {
      const { outside, hidden } = nat();
      const owner = start({ listen: ["0.0.0.0:4100"], discover: false }, outside.host());
      await owner.id;
      const invite = await owner.tell("invite", { roles: ["peer"] });
      const inner = start({ listen, invite, discover: false }, hidden);
      const outer = start({ listen: ["0.0.0.0:4100"], invite, discover: false }, outside.host());
      const [innerId, outerId] = [await inner.id, await outer.id];
      await inner.tell("register", { name: "inside" });
      await outer.tell("register", { name: "outside" });
      // Nobody but the owner can reach it, and it is not asked for again: the owner carries the connection.
      expect(await outer.tell("locate", { name: "inside", ms: 90_000 })).toBe(innerId);
      for (let n = 0; n < 10; n += 1) await outer.tell("deliver", { name: "inside", ms: 5000 });
      expect(await inner.tell("received", { name: "inside" })).toMatchObject({ count: 10 });
      expect(await inner.tell("locate", { name: "outside", ms: 10_000 })).toBe(outerId);
      await inner.tell("deliver", { name: "outside", ms: 5000 });
      // It can dial the other one, so the session moves to a connection of its own.
      await until(
        "it is reached without the owner",
        async () => (await outer.events("path-changed")).length > 0,
        40_000,
      );
      const shown = (await outer.tell("peers")) as readonly Shown[];
      expect(shown.find(({ peer }) => peer === innerId)?.transport).toBe("tcp");
      await outer.tell("deliver", { name: "inside", ms: 5000 });
    }, 180_000);
  }
});

describe.skipIf(skippedSsh)("a peer behind a router", () => {
  test("is reached through a port that ssh -R forwards to it", async () => {
    const { outside, hidden } = nat();
    const gate = outside.host();
    const forwarded = await remoteForward(hidden, gate);
    const owner = start({ listen: ["0.0.0.0:4100"], discover: false }, outside.host());
    await owner.id;
    const invite = await owner.tell("invite", { roles: ["peer"] });
    const announce = [`${gate.address}:${forwarded}`];
    const inner = start({ listen: ["127.0.0.1:4100"], announce, invite, discover: false }, hidden);
    const outer = start({ invite, discover: false }, outside.host());
    const innerId = await inner.id;
    await outer.id;
    await inner.tell("register", { name: "inside" });
    expect(await outer.tell("locate", { name: "inside", ms: 30_000 })).toBe(innerId);
    await outer.tell("deliver", { name: "inside", ms: 5000 });
    const shown = (await outer.tell("peers")) as readonly (Shown & { readonly addresses: readonly string[] })[];
    const through = shown.find(({ peer }) => peer === innerId);
    expect(through?.addresses).toEqual([`/ip4/${gate.address}/tcp/${forwarded}/p2p/${innerId}`]);
    expect(through?.transport).toBe("tcp");
  });
});

/** An OpenSSH server at `gate`, and a client at `from` that has its port 4100 forwarded from a port of `gate`. */
async function remoteForward(from: LanHost, gate: LanHost): Promise<number> {
  const port = 4200;
  const folder = mkdtempSync(join(tmpdir(), "skein-ssh-"));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync("/run/sshd", { recursive: true });
  for (const key of ["host", "user"]) {
    gate.exec("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(folder, key));
  }
  const config = [
    `HostKey ${join(folder, "host")}`,
    `AuthorizedKeysFile ${join(folder, "user.pub")}`,
    `PidFile ${join(folder, "pid")}`,
    "Port 2222",
    "StrictModes no",
    "UsePAM no",
    "PermitRootLogin prohibit-password",
    "GatewayPorts clientspecified",
  ];
  writeFileSync(join(folder, "config"), `${config.join("\n")}\n`);
  run(gate, SSHD, "-D", "-e", "-f", join(folder, "config"));
  const listens = (pattern: string): boolean => gate.exec("ss", "-tln").includes(pattern);
  await until("the server listens", () => Promise.resolve(listens(":2222")));
  const trust = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
  const forward = ["-o", "ExitOnForwardFailure=yes", "-R", `0.0.0.0:${port}:127.0.0.1:4100`];
  run(from, "ssh", "-N", "-i", join(folder, "user"), "-p", "2222", ...trust, ...forward, `root@${gate.address}`);
  await until("the port is forwarded", () => Promise.resolve(listens(`:${port}`)));
  return port;
}

/** Starts a program there, until the end of the test. */
function run(host: LanHost, ...command: readonly string[]): void {
  const child: ChildProcess = spawn("ip", ["netns", "exec", host.namespace, ...command], { stdio: "ignore" });
  closing.push(() => child.kill("SIGKILL"));
}
