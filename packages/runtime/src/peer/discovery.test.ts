import { expect, test } from "vitest";
import { register, unregister } from "../message/registry.ts";
import { channel } from "../message/channel.ts";
import { nameTable } from "../message/names.ts";
import { memoryLinks } from "../link/memory.ts";
import { spawn } from "../task/spawn.ts";
import { createRuntime } from "../task/runtime.ts";
import type { Task } from "../task/types.ts";
import type { TaskContext } from "../task/context.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { SkeinError } from "../errors.ts";
import type { PeerHost } from "./peer-host.ts";
import { createServerRouter } from "./server-router.ts";
import { memoryPeers } from "../../test/memory-peers.ts";

const { peerIn, platform, cut } = memoryPeers();

const failure = async (work: PromiseLike<unknown>): Promise<unknown> =>
  await Promise.resolve(work).then(
    () => "nothing failed",
    (error: unknown) => (error instanceof SkeinError ? error.code : error),
  );

const at = async <T>(peer: PeerHost, work: () => T): Promise<T> =>
  (await spawn(() => [work()], [], { runtime: peer.runtime }))[0] as T;

function* collect(task: TaskContext<unknown>) {
  return yield* task.receive();
}

const waiting = (peer: PeerHost): Task<unknown, unknown> => spawn(collect, [], { runtime: peer.runtime });

test("a name of a peer that is not connected is found through a peer that both know, and is reached", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 2 });
  const [a, b] = [await peerIn({ invite }), await peerIn({ invite })];
  const task = waiting(a);
  await at(a, () => register("far", task));
  expect(b.peers().map(({ peer }) => peer)).toEqual([owner.id]);
  const found = await b.locate<TaskRef<unknown>>("far");
  await found.deliver("hello");
  expect(await task).toBe("hello");
  expect(b.peers().map(({ peer }) => peer)).toContain(a.id);
});

test("whoever waits for a name is told when it is registered, wherever that is", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 3 });
  const [a, b, c] = [await peerIn({ invite }), await peerIn({ invite }), await peerIn({ invite })];
  const searches = [a.locate("later"), b.locate("later"), owner.locate("later")].map(async (search) => await search);
  await at(c, () => register("later", channel("later")));
  for (const found of await Promise.all(searches)) expect(found).toHaveProperty("publish");
});

test("names are gone when their peer is lost, and a search goes on until another has one", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 3 });
  const [a, b, c] = [await peerIn({ invite }), await peerIn({ invite }), await peerIn({ invite })];
  const first = waiting(a);
  await at(a, () => register("held", first));
  await b.locate("held");
  await a.close();
  const again = b.locate<TaskRef<unknown>>("held", { timeoutMs: 20_000 });
  const second = waiting(c);
  await at(c, () => register("held", second));
  expect((await again).id).toBe(second.id);
  await second.cancel();
});

test("a name that was freed is waited for again", async () => {
  const owner = await peerIn();
  const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  const [first, second] = [waiting(guest), waiting(guest)];
  await at(guest, () => register("moving", first));
  expect((await owner.locate<TaskRef<unknown>>("moving")).id).toBe(first.id);
  await at(guest, () => unregister("moving"));
  expect(await failure(owner.locate("moving", { timeoutMs: 20 }))).toBe("TIMEOUT");
  const search = owner.locate<TaskRef<unknown>>("moving");
  await at(guest, () => register("moving", second));
  expect((await search).id).toBe(second.id);
  for (const task of [first, second]) await task.cancel();
});

test("at one peer only its own names count, also those that appear later", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 2 });
  const [a, b] = [await peerIn({ invite }), await peerIn({ invite })];
  const [mine, theirs] = [waiting(owner), waiting(a)];
  await at(owner, () => register("both", mine));
  const search = b.locate<TaskRef<unknown>>("both", { at: a.location });
  await at(a, () => register("both", theirs));
  expect((await search).id).toBe(theirs.id);
  expect((await b.locate<TaskRef<unknown>>("both", { at: owner.id })).id).toBe(mine.id);
  const nowhere = { peer: (await peerIn()).id, addresses: ["/memory/nowhere"] };
  expect(await failure(b.locate("both", { at: nowhere }))).toBe("PEER_UNREACHABLE");
  for (const task of [mine, theirs]) await task.cancel();
});

test("all holders of a name are found, the own process first", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 2 });
  const peers = [await peerIn({ invite }), await peerIn({ invite }), owner];
  const tasks = peers.map(waiting);
  for (const [index, peer] of peers.entries()) {
    const task = tasks[index];
    if (task !== undefined) await at(peer, () => register("everywhere", task));
  }
  const names = peers[1]?.runtime.engine.part(nameTable);
  const found = await names?.locator?.locateAll("everywhere", {});
  expect(found?.[0]).toHaveProperty("id", tasks[1]?.id);
  expect(found?.map((one) => (one as TaskRef<unknown>).id).toSorted()).toEqual(tasks.map(({ id }) => id).toSorted());
  for (const task of tasks) await task.cancel();
});

test("names registered in a server process are found from other peers, and gone with it", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 2 });
  const [a, b] = [await peerIn({ invite }), await peerIn({ invite })];
  const runtime = createRuntime({ platform });
  const [here, there] = memoryLinks(platform);
  a.attachServer(2, here, () => true);
  const server = createServerRouter({ runtime, link: there, self: { peer: a.id, server: 2 } });
  const task = spawn(collect, [], { runtime });
  await spawn(() => register("in-server", task), [], { runtime });
  const found = await b.locate<TaskRef<unknown>>("in-server");
  await found.deliver("hello");
  expect(await task).toBe("hello");
  const other = spawn(collect, [], { runtime });
  await spawn(() => register("again", other), [], { runtime });
  await b.locate("again");
  a.serverLost(2, new SkeinError("SERVER_LOST", "it was killed", { hint: "it is replaced" }));
  server.close();
  expect(await failure(b.locate("again", { timeoutMs: 50 }))).toBe("TIMEOUT");
});

test("a peer is located by its name, also one that joins later", async () => {
  const owner = await peerIn({ name: "owner" });
  const invite = await owner.invite({ roles: ["peer"], uses: 2 });
  const a = await peerIn({ invite, name: "a" });
  expect((await a.locatePeer("owner")).peer).toBe(owner.id);
  const search = a.locatePeer("late");
  const late = await peerIn({ invite, name: "late" });
  expect(await search).toEqual(late.location);
});

test("a name kept for some roles is not found by others", async () => {
  const owner = await peerIn();
  const client = await peerIn({ invite: await owner.invite({ roles: ["client"] }) });
  const operator = await peerIn({ invite: await owner.invite({ roles: ["operator"] }) });
  await at(owner, () => register("secret", channel("secret"), { who: ["operator"] }));
  expect(await operator.locate("secret")).toHaveProperty("publish");
  expect(await failure(client.locate("secret", { timeoutMs: 30 }))).toBe("TIMEOUT");
});

test("a search survives the loss of the peer it asked", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 2 });
  const [a, b] = [await peerIn({ invite }), await peerIn({ invite })];
  const search = a.locate<TaskRef<unknown>>("after");
  cut(owner.id, a.id);
  const task = waiting(b);
  await at(b, () => register("after", task));
  expect((await search).id).toBe(task.id);
  await task.cancel();
});

test("three keepers in a row share what they know", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 10 });
  const keeper = await peerIn({ invite });
  const far = await peerIn({ invite });
  const task = waiting(far);
  await at(far, () => register("chain", task));
  // Known to nobody but the keeper, which shares its list with the owner.
  far.disconnect(owner.id);
  await far.connect(keeper.location);
  const other = await peerIn({ invite });
  expect((await other.locate<TaskRef<unknown>>("chain")).id).toBe(task.id);
  await task.cancel();
});

test("events tell who joins the cluster and leaves it, connected or not; a new reader gets who is there", async () => {
  const owner = await peerIn({ name: "owner" });
  const invite = await owner.invite({ roles: ["peer"], uses: 3 });
  const a = await peerIn({ invite, name: "a" });
  const members = (peer: PeerHost): string[] => {
    const told: string[] = [];
    void Promise.resolve(
      peer.events.values().forEach((event) => {
        if (event.type === "joined") told.push(`${event.name} joined`);
        if (event.type === "left") told.push(`${event.peer} left`);
      }),
    );
    return told;
  };
  const [first, ofOwner] = [members(a), members(owner)];
  const b = await peerIn({ invite, name: "b" });
  await a.locatePeer("b");
  await expect.poll(() => first).toEqual(["owner joined", "b joined"]);
  expect(a.peers().map(({ name }) => name)).toEqual(["owner"]);
  await b.close();
  await expect.poll(() => first).toEqual(["owner joined", "b joined", `${b.id} left`]);
  expect(ofOwner).toEqual(["a joined", "b joined", `${b.id} left`]);
  const late = members(a);
  await expect.poll(() => late).toEqual(["owner joined"]);
});
