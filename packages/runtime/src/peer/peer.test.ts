import { expect, test } from "vitest";
import type { Endpoint } from "../contracts/endpoint.ts";
import { SkeinError } from "../errors.ts";
import { memoryLinks } from "../link/memory.ts";
import { register, locate } from "../message/registry.ts";
import { spawn } from "../task/spawn.ts";
import { createRuntime, type Runtime } from "../task/runtime.ts";
import type { TaskContext } from "../task/context.ts";
import type { TaskRef } from "../task/task-ref.ts";
import type { PeerEvent } from "./events.ts";
import { createPeer } from "./peer.ts";
import type { PeerHost } from "./peer-host.ts";
import { createServerRouter, type ServerRouter } from "./server-router.ts";
import { memoryPeers } from "../../test/memory-peers.ts";

const { peerIn, platform, network, cut, partition, heal } = memoryPeers();

const parse = (args: unknown): unknown => args;
const failure = async (work: PromiseLike<unknown>): Promise<unknown> =>
  await Promise.resolve(work).then(
    () => "nothing failed",
    (error: unknown) => (error instanceof SkeinError ? error.code : error),
  );

/** The events about a peer's own connections. */
function connections(peer: PeerHost): { next(): Promise<IteratorResult<PeerEvent, undefined>> } {
  const events = peer.events.values();
  const next = async (): Promise<IteratorResult<PeerEvent, undefined>> => {
    const step = await events.next();
    return step.value?.type === "joined" || step.value?.type === "left" ? await next() : step;
  };
  return { next };
}

/** A server process behind `peer`, without a process. */
function serverBehind(
  peer: PeerHost,
  server: number,
  allow: (from: Endpoint) => boolean = () => true,
): ServerRouter & { readonly runtime: Runtime } {
  const runtime = createRuntime({ platform });
  const [here, there] = memoryLinks(platform);
  peer.attachServer(server, here, allow);
  return { ...createServerRouter({ runtime, link: there, self: { peer: peer.id, server } }), runtime };
}

test("a peer joins by an invite, both see each other, and procedures know who calls", async () => {
  const owner = await peerIn({ name: "owner" });
  const guest = await peerIn({ name: "guest", invite: await owner.invite({ roles: ["client"] }) });
  expect(guest.cluster).toBe(owner.cluster);
  expect(guest.roles).toEqual(["client"]);
  expect(guest.peers()).toMatchObject([{ peer: owner.id, name: "owner", transport: "memory" }]);
  expect(owner.peers()).toMatchObject([{ peer: guest.id, name: "guest", roles: ["client"] }]);
  owner.procedures.handle("who", { parse, roles: ["client"] }, (args, caller) => ({ args, ...caller }));
  owner.procedures.handle("secret", { parse, roles: ["operator"] }, () => "no");
  owner.procedures.handle("fails", { parse }, () => {
    throw new RangeError("as asked");
  });
  const to = { peer: owner.id, server: 0 };
  const me = { peer: guest.id, server: 0 };
  expect(await guest.procedures.call(to, "who", [1])).toEqual({ args: [1], endpoint: me, roles: ["client"] });
  expect(await failure(guest.procedures.call(to, "secret", 0))).toBe("ROLE_FORBIDS");
  expect(await failure(guest.procedures.call(to, "nothing", 0))).toBe("NAME_UNKNOWN");
  expect(await failure(guest.procedures.call(to, "fails", 0))).toBeInstanceOf(RangeError);
  // To itself, with its own roles and copied arguments.
  const args = { list: [1] };
  const answer = (await owner.procedures.call(to, "who", args).then((value) => value)) as { args: unknown };
  expect(answer).toEqual({ args, endpoint: to, roles: owner.roles });
});

test("without an invite, or with another cluster's, nothing is answered", async () => {
  const owner = await peerIn();
  const stranger = await peerIn();
  const foreign = await stranger.invite({ roles: ["operator"] });
  expect(await failure(stranger.connect(owner.location))).toBe("NOT_A_MEMBER");
  expect(await failure(createPeer(platform, { network, invite: foreign, addresses: owner.location.addresses }))).toBe(
    "NOT_A_MEMBER",
  );
  expect(owner.peers()).toEqual([]);
  expect(stranger.peers()).toEqual([]);
});

test("an invite is good for its uses and its time", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 1 });
  await peerIn({ invite });
  expect(await failure(createPeer(platform, { network, invite }))).toBe("INVITE_USED");
  const short = await owner.invite({ roles: ["peer"], forMs: 1 });
  await new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
  expect(await failure(createPeer(platform, { network, invite: short }))).toBe("INVITE_EXPIRED");
});

test("an operator asks the owner for invites, others may not", async () => {
  const owner = await peerIn();
  const operator = await peerIn({ invite: await owner.invite({ roles: ["operator"] }) });
  const client = await peerIn({ invite: await owner.invite({ roles: ["client"] }) });
  const invited = await peerIn({ invite: await operator.invite({ roles: ["node"] }) });
  expect(invited.roles).toEqual(["node"]);
  expect(await failure(client.invite({ roles: ["node"] }))).toBe("ROLE_FORBIDS");
});

test("a dropped connection is opened again, and what was under way goes on", async () => {
  const owner = await peerIn();
  const guest = await peerIn({ invite: await owner.invite({ roles: ["client"] }) });
  const answer = Promise.withResolvers<string>();
  owner.procedures.handle("later", { parse }, () => answer.promise);
  const events = connections(guest);
  expect(await events.next()).toMatchObject({ value: { type: "connected" } });
  const call = guest.procedures.call({ peer: owner.id, server: 0 }, "later", 0);
  cut(owner.id, guest.id);
  expect(await events.next()).toMatchObject({ value: { type: "suspected", peer: owner.id } });
  answer.resolve("after all");
  expect(await call).toBe("after all");
  expect(await events.next()).toMatchObject({ value: { type: "back", peer: owner.id } });
  expect(guest.peers()).toMatchObject([{ peer: owner.id, suspected: false }]);
});

test("a peer that stays away past the linger is PEER_LOST once on both sides, and comes back by itself", async () => {
  const lingerMs = 200;
  const owner = await peerIn({ lingerMs });
  const guest = await peerIn({ lingerMs, invite: await owner.invite({ roles: ["client"] }) });
  owner.procedures.handle("never", { parse }, () => new Promise(() => {}));
  const events = connections(guest);
  expect(await events.next()).toMatchObject({ value: { type: "connected" } });
  const there = connections(owner);
  expect(await there.next()).toMatchObject({ value: { type: "connected" } });
  const call = failure(guest.procedures.call({ peer: owner.id, server: 0 }, "never", 0));
  partition(owner.id, guest.id);
  expect(await call).toBe("PEER_LOST");
  for (const side of [events, there]) {
    expect(await side.next()).toMatchObject({ value: { type: "suspected" } });
    expect(await side.next()).toMatchObject({ value: { type: "lost", error: { code: "PEER_LOST" } } });
  }
  heal();
  for (const side of [events, there]) expect(await side.next()).toMatchObject({ value: { type: "connected" } });
});

test("a server process behind a peer is reached through it, by tasks, procedures and names", async () => {
  const owner = await peerIn();
  const guest = await peerIn({ invite: await owner.invite({ roles: ["client"] }) });
  const server = serverBehind(owner, 3);
  const at = { peer: owner.id, server: 3 };
  server.procedures.handle("double", { parse }, (args, caller) => [Number(args) * 2, caller.endpoint, caller.roles]);
  const me = { peer: guest.id, server: 0 };
  expect(await guest.procedures.call(at, "double", 21)).toEqual([42, me, ["client"]]);
  expect(await owner.procedures.call(at, "double", 1)).toEqual([2, { peer: owner.id, server: 0 }, owner.roles]);
  // From the server process to its own node, and to a peer beyond it; it doesn't hold their roles.
  guest.procedures.handle("who", { parse }, (_args, caller) => [caller.endpoint, caller.roles]);
  expect(await server.procedures.call(me, "who", 0)).toEqual([at, ["peer"]]);

  const collected = spawn(
    function* (task: TaskContext<unknown>) {
      return [yield* task.receive(), yield* task.receive()];
    },
    [],
    { runtime: guest.runtime },
  );
  await spawn(() => register("collector", collected), [], { runtime: guest.runtime });
  await spawn(
    function* () {
      const collector = yield* locate<TaskRef<unknown>>("collector");
      collector.send({ from: "server" });
      yield* collector.deliver(collector);
    },
    [],
    { runtime: server.runtime },
  );
  const [first, ref] = await collected;
  expect(first).toEqual({ from: "server" });
  expect(ref).toHaveProperty("id", collected.id);
});

test("procedures reach a server process only from whom its host allows; messages go through", async () => {
  const owner = await peerIn();
  const guest = await peerIn({ invite: await owner.invite({ roles: ["client"] }) });
  const server = serverBehind(owner, 1, (from) => from.peer !== guest.id);
  server.procedures.handle("work", { parse }, () => "done");
  const at = { peer: owner.id, server: 1 };
  expect(await failure(guest.procedures.call(at, "work", 0))).toBe("ROLE_FORBIDS");
  expect(await owner.procedures.call(at, "work", 0)).toBe("done");
});

test("when a server process is lost, everybody who talked with it is told, and its number can be used again", async () => {
  const owner = await peerIn();
  const guest = await peerIn({ invite: await owner.invite({ roles: ["client"] }) });
  const first = serverBehind(owner, 1);
  const at = { peer: owner.id, server: 1 };
  first.procedures.handle("never", { parse }, () => new Promise(() => {}));
  const waiting = spawn(
    function* (task: TaskContext<unknown>) {
      yield* task.receive();
    },
    [],
    { runtime: first.runtime },
  );
  const ref = (await spawn(() => register("waiting", waiting), [], { runtime: first.runtime }), waiting.ref);
  first.procedures.handle("ref", { parse }, () => ref);
  const far = (await guest.procedures.call(at, "ref", 0)) as TaskRef<unknown>;
  const exit = spawn(
    function* () {
      return yield* far.exit();
    },
    [],
    { runtime: guest.runtime },
  );
  const lost: boolean[] = [];
  guest.procedures.onLost((matches) => lost.push(matches(at)));
  const calls = [failure(guest.procedures.call(at, "never", 0)), failure(owner.procedures.call(at, "never", 0))];
  await guest.procedures.call(at, "ref", 0);
  owner.serverLost(1, new SkeinError("SERVER_LOST", "it was killed", { hint: "it is replaced" }));
  first.close();
  expect(await Promise.all(calls)).toEqual(["SERVER_LOST", "SERVER_LOST"]);
  expect(await exit).toMatchObject({ type: "lost", error: { code: "SERVER_LOST" } });
  // Once more when something was sent before the news had come.
  expect(new Set(lost)).toEqual(new Set([true]));
  const second = serverBehind(owner, 1);
  second.procedures.handle("hello", { parse }, () => "from the second");
  expect(await guest.procedures.call(at, "hello", 0)).toBe("from the second");
});

test("whoever sends to a server process that isn't there is told", async () => {
  const owner = await peerIn();
  const guest = await peerIn({ invite: await owner.invite({ roles: ["client"] }) });
  expect(await failure(guest.procedures.call({ peer: owner.id, server: 7 }, "any", 0))).toBe("SERVER_LOST");
});

test("two peers that dial each other at the same time end up with one session each", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 2 });
  const [a, b] = await Promise.all([peerIn({ invite }), peerIn({ invite })]);
  await Promise.all([a.connect(b.location), b.connect(a.location)]);
  expect(a.peers().filter(({ peer }) => peer === b.id)).toHaveLength(1);
  expect(b.peers().filter(({ peer }) => peer === a.id)).toHaveLength(1);
  b.procedures.handle("ping", { parse }, () => "pong");
  expect(await a.procedures.call({ peer: b.id, server: 0 }, "ping", 0)).toBe("pong");
});

test("closing twice does nothing, and a closed peer says so", async () => {
  const owner = await peerIn();
  await owner.close();
  await owner.close();
  expect(await failure(owner.connect("/memory/none"))).toBe("RUNTIME_CLOSED");
});
