import {
  type Client,
  clusterActs,
  type ClusterEvent,
  connect,
  createLineLogger,
  createClient,
  createRuntime,
  memoryPeerStore,
  type Observed,
  type PeerHost,
  serveConsole,
  type ServedConsole,
  watchCluster,
} from "@skein/node-server";
import type { PeerId } from "@skein/runtime";
import { readInvite, type Scheduler, startScheduler } from "@skein/runtime/network";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createNodePeer } from "../src/create-node-peer.ts";
import { freePort } from "../src/free-port.ts";
import { temporaryFolder } from "./cli.ts";

const ends: (() => PromiseLike<void> | void)[] = [];
const store = memoryPeerStore();
const SOON = { timeout: 60_000, interval: 50 };
let address: string;
let owner: PeerHost;
let scheduler: Scheduler;
let client: Client<PeerHost>;
let served: ServedConsole;

/** Who schedules, for the first time or again. */
async function startOwner(): Promise<void> {
  owner = await createNodePeer({
    listen: [address],
    store,
    roles: ["scheduler", "operator"],
    runtime: createRuntime(),
  });
  scheduler = startScheduler(owner);
}

beforeAll(async () => {
  vi.stubEnv(
    "SKEIN_DATA",
    temporaryFolder((end) => ends.push(end)),
  );
  address = `127.0.0.1:${await freePort("127.0.0.1", 24_600)}`;
  await startOwner();
  client = await connect(await owner.invite({ roles: ["client"] }));
  served = await serveConsole(client, { port: 0, showArgs: false, logger: createLineLogger() });
});

afterAll(async () => {
  await served.close();
  await client.close({ cancel: true });
  scheduler.close();
  await owner.close({ cancel: true });
  for (const end of ends.toReversed()) await end();
  vi.unstubAllEnvs();
});

interface Session {
  readonly invite: string;
  readonly scheduler: { readonly peer: PeerId; readonly server: number };
}

/** As the page does: logs in by a link, and asks for what it joins by. */
async function session(): Promise<Response> {
  const login = await fetch(served.loginUrl(), { redirect: "manual" });
  const cookie = login.headers.get("set-cookie")?.split(";")[0] ?? "";
  const key = login.headers.get("location")?.split("#key=")[1] ?? "";
  return await fetch(`${served.url}/session`, { method: "POST", headers: { cookie, "x-skein": key } });
}

/** A peer in place of a page. */
async function openPage() {
  const answer = (await (await session()).json()) as Session;
  const page = await createNodePeer({ invite: answer.invite, newCluster: false, runtime: createRuntime() });
  const events: ClusterEvent[] = [];
  const observed: Observed[] = [];
  let shown = false;
  const watch = watchCluster(page, {
    // It may be let go again: it dials where the invite says, as a page does with its next one.
    scheduler: { peer: answer.scheduler.peer, addresses: readInvite(answer.invite).addresses },
    onSnapshot: () => {
      shown = true;
    },
    onEvents: (some) => events.push(...some),
    onObserved: (some) => observed.push(...some),
  });
  // What happened before is in the snapshot.
  await vi.waitUntil(() => shown, SOON);
  const close = async (): Promise<void> => {
    watch.close();
    await page.close({ cancel: true });
  };
  return {
    page,
    watch,
    events,
    observed,
    acts: clusterActs(page.procedures, answer.scheduler),
    gateway: answer.scheduler.peer,
    close,
  };
}

const forbidden = expect.objectContaining({ code: "ROLE_FORBIDS" });

test("a page of a client's console may do what the client may, and is told no arguments where they are not shown", async () => {
  const { page, watch, events, observed, acts, close } = await openPage();
  expect(page.roles).toEqual(["client"]);
  const mine = await client.openJob({ name: "mine" });
  const tasks = await mine.module<typeof import("./fixtures/tasks.ts")>(
    new URL("./fixtures/tasks.ts", import.meta.url),
  );
  const square = tasks.square.call([4711]);
  await vi.waitUntil(() => events.some((event) => event.type === "task.created"), SOON);
  expect(events.find((event) => event.type === "task.created")).not.toHaveProperty("argsText");
  const otherPeer = await createNodePeer({
    invite: await owner.invite({ roles: ["client"] }),
    newCluster: false,
    runtime: createRuntime(),
  });
  const other = createClient(otherPeer, { scheduler: owner.location, onClose: async (peer) => await peer.close() });
  const theirs = await other.openJob({ name: "theirs" });
  await acts.steer("pause", mine.id);
  await expect(acts.steer("pause", theirs.id)).rejects.toThrow(forbidden);
  await expect(acts.invite({ roles: ["client"] })).rejects.toThrow(forbidden);
  await vi.waitUntil(() => events.some((event) => event.type === "job.opened" && event.job.name === "theirs"), SOON);
  watch.setTopics(["links"]);
  await vi.waitUntil(() => observed.some(({ topic, at }) => topic === "links" && at.peer === client.peer.id), SOON);
  await other.close({ cancel: true });
  await mine.close({ cancel: true });
  // No node has joined: it waited until its job was closed.
  expect(await square.exit()).toMatchObject({ type: "cancelled" });
  await close();
});

test("while the scheduler is away a page is let go and told to come again, and it comes again when that is back", async () => {
  const first = await openPage();
  const lost = (async () => {
    for await (const event of first.page.events.values()) if (event.type === "lost") return event.peer;
    return undefined;
  })();
  scheduler.close();
  await owner.close({ cancel: true });
  expect(await lost).toBe(first.gateway);
  await first.close();
  await startOwner();
  await vi.waitUntil(async () => (await session()).status === 200, SOON);
  const again = await openPage();
  const job = await client.openJob({ name: "after" });
  await vi.waitUntil(
    () => again.events.some((event) => event.type === "job.opened" && event.job.name === "after"),
    SOON,
  );
  await job.close({ cancel: true });
  await again.close();
});

test("it says what is wrong with what it is given", async () => {
  await expect(serveConsole(client, { host: "0.0.0.0" })).rejects.toThrow(
    expect.objectContaining({ code: "OPTION_INVALID" }),
  );
  // As a program in JavaScript may call it.
  const js = serveConsole as (client: unknown, options?: unknown) => PromiseLike<unknown>;
  await expect(js(client, { ports: 1 })).rejects.toThrow("serveConsole has no option ports: did you mean port?");
  await expect(js({})).rejects.toThrow("serveConsole was given no client");
});
