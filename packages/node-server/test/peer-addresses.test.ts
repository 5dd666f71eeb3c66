import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { createRuntime, type Peer, spawn, startPeer, type TaskContext, type TaskRef } from "@skein/node-server";
import { afterEach, expect, test } from "vitest";
import { Commanded } from "./namespaces/commanded.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function start(options: Parameters<typeof startPeer>[0] = {}): Promise<Peer> {
  const peer = await startPeer({ runtime: createRuntime(), ...options });
  closing.push(async () => await peer.close({ cancel: true }));
  return peer;
}

function* collect(task: TaskContext<number>, count: number) {
  let sum = 0;
  for (let n = 0; n < count; n += 1) sum += yield* task.receive();
  return sum;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve());
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

const path = (name: string): string => fileURLToPath(new URL(`certificates/${name}`, import.meta.url));

test("peers meet over IPv6, and over TCP where there is a WebSocket too", async () => {
  const owner = await start({ listen: ["ws://[::1]:0", "[::1]:0"] });
  expect(owner.location.addresses.every((address) => address.startsWith("/ip6/::1/tcp/"))).toBe(true);
  const guest = await start({ invite: await owner.invite({ roles: ["peer"] }) });
  expect(guest.peers()).toMatchObject([{ peer: owner.id, transport: "tcp" }]);
});

test("with a certificate a peer listens on wss, which a program that trusts it dials", async () => {
  const tls = { cert: readFileSync(path("server.pem"), "utf8"), key: readFileSync(path("server.key"), "utf8") };
  const port = await freePort();
  // The certificate is made for this name.
  const owner = await start({ listen: [`wss://127.0.0.1:${port}`], announce: [`wss://localhost:${port}`], tls });
  const invite = await owner.invite({ roles: ["peer"] });
  const guest = new Commanded({ invite }, undefined, { NODE_EXTRA_CA_CERTS: path("ca.pem") });
  closing.push(async () => await guest.end());
  await guest.id;
  expect(await guest.tell("peers")).toMatchObject([{ peer: owner.id, transport: "wss" }]);
});

test("what is announced stands in invites and locations in place of what is listened on", async () => {
  const owner = await start({ listen: ["127.0.0.1:0"], announce: ["example.org:4100", "wss://example.org:443"] });
  expect(owner.location.addresses).toEqual([
    `/dns/example.org/tcp/4100/p2p/${owner.id}`,
    `/dns/example.org/tcp/443/tls/ws/p2p/${owner.id}`,
  ]);
});

test("two peers that listen nowhere reach each other through one that does", async () => {
  const owner = await start({ listen: ["127.0.0.1:0"] });
  const invite = await owner.invite({ roles: ["peer"], uses: 2 });
  const runtime = createRuntime();
  const [a, b] = [await start({ invite, runtime }), await start({ invite })];
  await expect.poll(() => [a, b].map((peer) => peer.location.addresses.length)).toEqual([1, 1]);
  const sum = spawn(collect, [100], { runtime });
  a.register("sum", sum);
  const ref = await b.locate<TaskRef<number>>("sum", { timeoutMs: 30_000 });
  for (let n = 0; n < 100; n += 1) await ref.deliver(n);
  expect(await sum).toBe(4950);
  expect(b.peers().find(({ peer }) => peer === a.id)?.addresses[0]).toContain(`/p2p/${owner.id}/p2p-circuit/`);
  // Nobody but members is carried: an outsider is not connected to the one that would.
  const stranger = await start();
  await expect(Promise.resolve(stranger.connect(a.location, { timeoutMs: 5000 }))).rejects.toMatchObject({
    code: expect.stringMatching(/NOT_A_MEMBER|PEER_UNREACHABLE|TIMEOUT/),
  });
});
