import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { startPeer } from "@skein/node-server";
import { expect, test } from "vitest";
import { ANY_PORTS, skein, startNode, startSkein, startUp, temporaryFolder } from "./cli.ts";
import { fixture } from "./programs.ts";

const SECRET = "k3v9x-2mq8r-w0z7t-b5ynd-1hj6c-4gpsf";
const tcpOf = (addresses: readonly string[]): string => addresses.find((address) => !address.includes("/ws/")) ?? "";

test("skein secret prints a secret that is strong enough, another each time", async () => {
  const first = await skein(["secret"]);
  const second = await skein(["secret", "--json"]);
  const { secret }: { readonly secret: string } = JSON.parse(second.stdout);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).not.toBe(secret);
  await using peer = await startPeer({ secret: first.stdout });
  expect(peer.cluster).toMatch(/^[0-9a-f]{64}$/);
});

test("machines and programs that share a secret are one cluster: up, node, run and status", async () => {
  const env = { SKEIN_SECRET: SECRET };
  // The node first: it waits for a scheduler.
  const node = startSkein(
    ["node", "--json", "--data", temporaryFolder(), "--servers", "1", "--listen", "127.0.0.1:0", "--log", "info"],
    env,
  );
  const waiting = new Promise<void>((resolve) => {
    node.child.stderr?.on("data", () => {
      if (node.errors().includes("scheduler.awaited")) resolve();
    });
  });
  await waiting;
  const data = temporaryFolder();
  const up = startSkein(["up", "--json", "--data", data, "--servers", "1", ...ANY_PORTS], env);
  const said: { readonly addresses: readonly string[]; readonly peer: string } = JSON.parse(
    await up.line((line) => line.startsWith("{")),
  );
  // It listens somewhere else than the node looks: a second one dials.
  node.child.kill("SIGTERM");
  expect(await node.exited).toMatchObject({ code: 0 });
  const folder = temporaryFolder();
  const second = startSkein(
    ["node", "--json", "--data", folder, "--servers", "1", "--name", "two", "--peer", tcpOf(said.addresses)],
    env,
  );
  await second.line((line) => line.startsWith("{"));
  const { stdout } = await skein(["status", "--json", "--on", tcpOf(said.addresses)], env);
  expect(JSON.parse(stdout)).toMatchObject({
    nodes: expect.arrayContaining([expect.objectContaining({ name: "two" })]),
  });
  // A program on this machine finds it by the data directory alone, one elsewhere by address and secret.
  const environments = [{ SKEIN_DATA: data }, { ...env, SKEIN_PEER: tcpOf(said.addresses), SKEIN_DATA: folder }];
  for (const environment of environments) {
    const client = startNode([fixture("squares.ts"), "6"], environment);
    await client.line((line) => line.includes("done"));
    expect(await client.exited).toMatchObject({ code: 0 });
  }
  // What runs there doesn't see it in its environment.
  const reads = startNode([fixture("reads-environment.ts")], { SKEIN_DATA: data });
  const names: readonly string[] = JSON.parse(await reads.line((line) => line.startsWith("[")));
  expect(names).not.toContain("SKEIN_SECRET");
  // Nothing on disk gives the secret away.
  for (const path of [join(data, "peer.json"), join(folder, "peer.json")]) {
    expect(readFileSync(path, "utf8")).not.toContain(SECRET);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  }
}, 120_000);

test("a wrong secret is refused, a weak one is wrong use, and with an invite it is wrong use too", async () => {
  const up = await startUp();
  const env = { SKEIN_SECRET: SECRET };
  const refused = await skein(["status", "--on", tcpOf(up.up.addresses)], env);
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining("NOT_A_MEMBER") });
  expect(await skein(["node", "--data", temporaryFolder()], { SKEIN_SECRET: "hunter2" })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/SECRET_WEAK[^]*skein secret/),
  });
  const both = await skein(["node", up.up.invite, "--secret", SECRET, "--data", temporaryFolder()]);
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("different clusters") });
});

test("skein revoke sends a node away for good, by the end of its id, and says when there is none", async () => {
  const up = await startUp();
  const node = startSkein([
    "node",
    up.up.invite,
    "--json",
    "--data",
    temporaryFolder(),
    "--name",
    "bad",
    "--servers",
    "1",
  ]);
  const { peer }: { readonly peer: string } = JSON.parse(await node.line((line) => line.startsWith("{")));
  const nodes = async (): Promise<number> => {
    const { stdout } = await skein(["status", "--json"], up.environment);
    const { nodes: all }: { readonly nodes: readonly { readonly id: string; readonly state?: string }[] } =
      JSON.parse(stdout);
    return all.filter(({ id }) => id === peer).length;
  };
  expect(await nodes()).toBe(1);
  expect(await skein(["revoke", "nobody"], up.environment)).toMatchObject({ code: 2 });
  expect(await skein(["revoke", up.up.peer], up.environment)).toMatchObject({ code: 2 });
  // Status shows the ids that revoke takes, in full, and the end of one is enough.
  const { stdout: shown } = await skein(["status"], up.environment);
  expect(shown).toMatch(new RegExp(`^bad +${peer} `, "m"));
  const end = `…${peer.slice(-8)}`;
  expect(await skein(["revoke", end], up.environment)).toMatchObject({ code: 0, stdout: `${end} is out` });
  // The same node, started again with what it kept, is refused.
  node.child.kill("SIGTERM");
  await node.exited;
  const kept: { readonly revocations: readonly string[] } = JSON.parse(
    readFileSync(join(up.data, "peer.json"), "utf8"),
  );
  expect(kept.revocations).toHaveLength(1);
  const invite = (await skein(["invite", "--role", "client", "--uses", "5"], up.environment)).stdout;
  expect(await skein(["status", "--on", invite])).toMatchObject({ code: 0 });
  const ended = await skein(["revoke", "--json", invite], up.environment);
  expect(JSON.parse(ended.stdout)).toMatchObject({ kind: "invite" });
  expect(await skein(["status", "--on", invite])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("revoked"),
  });
  // Whoever holds it can ask what it is good for, also the owner.
  const checks = [up.environment, { SKEIN_DATA: temporaryFolder() }].map(
    async (env) => await skein(["check", invite], env),
  );
  for (const checked of await Promise.all(checks)) {
    expect(checked).toMatchObject({ code: 1, stdout: expect.stringContaining("revoked") });
  }
});

test("skein check tells role, Node and clock of a member, and why another is none", async () => {
  const up = await startUp();
  const address = tcpOf(up.up.addresses);
  const own = await skein(["check", "--json", address], up.environment);
  expect(own).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(own.stdout)).toMatchObject({
    address,
    reached: true,
    member: true,
    peer: up.up.peer,
    roles: expect.arrayContaining(["scheduler"]),
    transport: "tcp",
    node: process.versions.node,
    problems: [],
  });
  const stranger = await skein(["check", "--json", up.up.invite], { SKEIN_DATA: temporaryFolder() });
  expect(stranger).toMatchObject({ code: 0, stderr: "" });
  const rows = stranger.stdout.split("\n").map((line): unknown => JSON.parse(line));
  expect(rows).toHaveLength(up.up.addresses.length);
  const invite = {
    roles: ["node"],
    uses: expect.any(Number),
    left: expect.any(Number),
    expiresMs: expect.any(Number),
  };
  for (const row of rows) expect(row).toMatchObject({ reached: true, member: false, invite, problems: [] });
  // By its address alone a stranger learns no more than that somebody is there.
  expect(await skein(["check", address], { SKEIN_DATA: temporaryFolder() })).toMatchObject({ code: 3 });
  const nobody = await skein(["check", "127.0.0.1:1"], up.environment);
  expect(nobody).toMatchObject({ code: 3, stdout: expect.stringMatching(/^127\.0\.0\.1:1 {2}not reached/) });
  // The invite was only read.
  const node = startSkein(["node", up.up.invite, "--json", "--data", temporaryFolder(), "--servers", "1"]);
  await node.line((line) => line.startsWith("{"));
});

test("skein check takes what is no address for wrong use", async () => {
  const found = await skein(["check", "foo"], { SKEIN_DATA: temporaryFolder() });
  expect(found).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining('"foo" is no address') });
});

test("skein check asks a machine by ssh for its Node and clock, and passes nothing on as an option", async () => {
  // An ssh that logs in here.
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const ssh = join(folder, "ssh");
  writeFileSync(ssh, '#!/bin/sh\nwhile [ "$1" != "--" ]; do shift; done\nshift 2\nexec sh -c "$*"\n');
  chmodSync(ssh, 0o755);
  const env = { PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}` };
  const found = await skein(["check", "--json", `ssh://me@maxi:2222?node=${process.execPath}`], env);
  expect(found).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(found.stdout)).toMatchObject({ reached: true, node: process.versions.node, problems: [] });
  expect(await skein(["check", "ssh://me@maxi?node=/nowhere/node"], env)).toMatchObject({
    code: 3,
    stdout: expect.stringContaining("HOST_UNREACHABLE"),
  });
  for (const address of ["ssh://-oProxyCommand=x@maxi", "ssh://maxi?node=$(touch%20x)", "ssh://me:pass@maxi"]) {
    expect(await skein(["check", address], env)).toMatchObject({ code: 2 });
  }
});
