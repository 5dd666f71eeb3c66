import { pool, type Pool } from "@skein/node-server";
import { readdirSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startNode } from "./cli.ts";
import { skipping } from "./namespaces/lan.ts";
import { descendants, eventually, runs } from "./processes.ts";
import { fixture } from "./programs.ts";
import { sshFor, type SshServer, startSshdHere, whyNoSshd } from "./sshd.ts";

const skipped = skipping(whyNoSshd());

let server: SshServer;
let ssh: ReturnType<typeof sshFor>;
const pathBefore = process.env["PATH"];
beforeAll(async () => {
  if (skipped) return;
  server = await startSshdHere();
  ssh = sshFor(server);
  process.env["PATH"] = ssh.path;
});
afterAll(() => {
  if (skipped) return;
  process.env["PATH"] = pathBefore;
  ssh.remove();
  server.close();
});

const open = (options: Parameters<typeof pool>[0]): Pool => {
  // Machines that are busy take their time.
  const p = pool({ connectTimeoutMs: 120_000, ...options });
  onTestFinished(async () => await p.close({ cancel: true }));
  return p;
};

let scale: { readonly by: number } | undefined;
const setScale = (by: number): void => {
  scale = { by };
};
const scaledThere = (n: number): number => n * (scale?.by ?? NaN);
const SCALE = 3;
const scaled = (n: number): number => n * SCALE;
const pid = (): number => process.pid;
const spin = (ms: number): number => {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return ms;
};

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of results) list.push(value);
  return list;
}
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const ofSsh = (): number[] =>
  descendants(process.pid)
    .filter(({ command }) => command.startsWith("/usr/bin/ssh"))
    .map((row) => row.pid);

describe.skipIf(skipped)("a pool with a host reached by ssh", () => {
  test("maps over workers here and there with what its functions need, and over one connection", async () => {
    const p = open({ servers: 1, hosts: [server.host(2)], initializer: setScale, initArgs: [3] });
    await p.ready();
    expect(p.size).toBe(3);
    expect(ofSsh()).toHaveLength(1);
    expect(await all(p.map(scaledThere, numbers(2000), { chunk: 20 }))).toEqual(numbers(2000).map(scaled));
    const pids = await p.runOnAll(pid);
    expect(new Set(pids).size).toBe(3);
    const large = new Uint8Array(3_000_000).fill(7);
    const echoes = await all(p.map((bytes: Uint8Array) => bytes, [large, large, large], { chunk: 1 }));
    expect(echoes.every((bytes) => Buffer.compare(bytes, large) === 0)).toBe(true);
    await p.close();
    await eventually(() => !pids.some(runs) && ofSsh().length === 0);
  });

  test("copies its program there once", async () => {
    const folder = join(server.cache, "skein/pool");
    const p = open({ servers: 0, hosts: server.host(1) });
    expect(await p.run(scaled, [7])).toBe(21);
    const files = readdirSync(folder);
    const madeAt = files.map((name) => statSync(join(folder, name)).ino);
    await p.close();
    p.start();
    expect(await p.run(scaled, [8])).toBe(24);
    expect(files).toHaveLength(1);
    expect(readdirSync(folder).map((name) => statSync(join(folder, name)).ino)).toEqual(madeAt);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test("goes on without one that is cut off, and with it when it is back", async () => {
    const p = open({ servers: 1, hosts: [server.host(2)] });
    await p.ready();
    const results = all(p.map(spin, numbers(60).fill(20), { chunk: 1 }));
    await eventually(() => p.stats().done > 3);
    for (const one of ofSsh()) process.kill(one, "SIGKILL");
    expect(await results).toHaveLength(60);
    expect(p.stats().lost).toBe(2);
    await eventually(() => p.stats().workers === 3);
    expect(await p.runOnAll(pid)).toHaveLength(3);
  });

  test("says in ssh's words why a host can't be reached, and works when it can be", async () => {
    const p = open({ servers: 0, hosts: [server.host(1)] });
    server.trust(false);
    onTestFinished(() => server.trust(true));
    const unknown = { code: "HOST_UNREACHABLE", hint: expect.stringMatching(/by hand .*known_hosts/) };
    await expect(p.ready()).rejects.toMatchObject({
      ...unknown,
      message: expect.stringContaining("Host key verification failed"),
    });
    await expect(p.run(scaled, [1])).rejects.toMatchObject(unknown);
    server.trust(true);
    expect(await p.run(scaled, [1])).toBe(3);
  });

  test("says when Node is not there, and when nobody answers in time", async () => {
    const { host, port } = new URL(server.host(1));
    const noNode = open({ servers: 0, hosts: [`ssh://${host}/1?node=/nowhere/node`] });
    await expect(noNode.ready()).rejects.toMatchObject({
      code: "HOST_UNREACHABLE",
      message: expect.stringContaining("/nowhere/node"),
      hint: expect.stringContaining("/nowhere/node"),
    });
    const silent = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void silent.close());
    await eventually(() => silent.listening);
    const address = silent.address();
    const silentPort = typeof address === "object" && address !== null ? address.port : port;
    const late = open({ servers: 0, hosts: `ssh://127.0.0.1:${silentPort}`, connectTimeoutMs: 500 });
    await expect(late.run(scaled, [1])).rejects.toMatchObject({
      code: "HOST_UNREACHABLE",
      message: expect.stringContaining("within 500 ms"),
    });
  });

  test("that is killed leaves no worker there, also none that computes", async () => {
    const program = startNode([fixture("pool-spins.ts"), server.host(1)]);
    const pids: number[] = JSON.parse(await program.line(() => true));
    expect(pids.some(runs)).toBe(true);
    program.child.kill("SIGKILL");
    await eventually(() => !pids.some(runs));
  });
});

test("what is no address of a host is refused with its form", () => {
  for (const hosts of [
    "maxi/8",
    "ssh://maxi/0",
    "ssh://maxi/x",
    "ssh://u:secret@maxi",
    "ssh://-oProxyCommand=x",
    "ssh://maxi/2?nod=x",
  ]) {
    expect(() => pool({ hosts })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", hint: expect.stringContaining("ssh://user@host:22/8") }),
    );
  }
});
