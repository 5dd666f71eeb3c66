import { afterAll, beforeAll, expect, test } from "vitest";
import { endpointKey, type Role } from "../contracts/endpoint.ts";
import { type Steps } from "../contracts/operation.ts";
import { supervise } from "../fault/supervisor.ts";
import { type TaskId } from "../ids.ts";
import { type Channel, channel } from "../message/channel.ts";
import { register } from "../message/registry.ts";
import { service } from "../message/service.ts";
import { type PeerHost } from "../peer/peer-host.ts";
import { sleep } from "../task/sleep.ts";
import { type TaskContext } from "../task/context.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { HOUR_MS, MINUTE_MS } from "../units.ts";
import { type Client } from "./client.ts";
import { type Job } from "./job.ts";
import { type JobFileInfo, type Observed, type Topic } from "./observed.ts";
import { type ClusterWatch, watchCluster } from "./watch-cluster.ts";

const platform = installHostPlatform();

let broken = 0;

/** What each of these does is looked at from outside. */
const tasks = {
  *listens(task: TaskContext<unknown>, name: string): Steps<void> {
    const values: Channel<number> = channel<number>(name);
    const reader = values.values();
    const slow = task.spawn(ignores, [], { name: "slow" });
    yield* values.subscribe(slow.ref);
    register(
      `${name} calls`,
      service(`${name} calls`, () => 1),
    );
    for (let n = 0; n < 3; n += 1) values.publish(n);
    task.ref.send({ hello: "you" });
    task.ref.send("secret words");
    yield* sleep(HOUR_MS);
    void reader;
  },
  *keeps(_task: TaskContext): Steps<void> {
    yield* supervise({
      name: "shop",
      strategy: "one-for-one",
      intensity: { restarts: 5, withinMs: MINUTE_MS },
      children: [
        { name: "till", start: breaksOnce, restart: "always" },
        {
          name: "back",
          strategy: "one-for-all",
          intensity: { restarts: 1, withinMs: 1000 },
          children: [{ name: "stock", start: ignores, restart: "never" }],
        },
      ],
    });
  },
};

function* ignores(_task: TaskContext<number>): Steps<void> {
  yield* sleep(HOUR_MS);
}

function* breaksOnce(_task: TaskContext): Steps<void> {
  broken += 1;
  if (broken === 1) throw new Error("broken");
  yield* sleep(HOUR_MS);
}

let world: MemoryCluster;
let client: Client<PeerHost>;
let job: Job;
const ids: Record<"listens" | "keeps", TaskId> = { listens: "t_" as TaskId, keeps: "t_" as TaskId };
const watches: ClusterWatch[] = [];
/** An operator who looks at everything, from the beginning. */
let operator: Look;

beforeAll(async () => {
  world = new MemoryCluster(platform);
  await world.startScheduler();
  await world.startNode("node", 2);
  await world.startNode("other node", 1);
  client = await world.startClient("client");
  const url = world.module("tasks.ts", tasks);
  job = await client.openJob();
  const m = await job.module<typeof tasks>(url);
  const node = world.idOf("node");
  const [listens, keeps] = [m.listens.run(["news"], { at: node }), m.keeps.run([], { at: node })];
  for (const run of [listens, keeps]) run.exit().then(undefined, () => undefined);
  ids.listens = listens.ref.id;
  ids.keeps = keeps.ref.id;
  operator = await look(["operator"], ["links", "channels", "supervision", "code", "logs:info", `task:${ids.listens}`]);
});
afterAll(async () => {
  for (const watch of watches) watch.close();
  await world.close();
});

interface Look {
  readonly watch: ClusterWatch;
  readonly peer: PeerHost;
  /** What is shown now, by topic and place. */
  readonly shown: ReadonlyMap<string, Observed>;
  /** Waits until something that is shown matches. */
  readonly until: <T extends Topic>(topic: T, matches: (observed: Of<T>) => boolean) => Promise<Of<T>>;
}

type Shown = Exclude<Observed, { readonly gone: true }>;
type Of<T extends Topic> = Shown extends infer S
  ? S extends { readonly topic: infer U }
    ? T extends U
      ? S
      : never
    : never
  : never;

let watchers = 0;

async function look(roles: readonly Role[], topics: readonly Topic[], by?: PeerHost): Promise<Look> {
  watchers += 1;
  const peer = by ?? (await world.peer(`watcher ${watchers}`, roles));
  const shown = new Map<string, Observed>();
  let changed = (): void => {};
  const watch = watchCluster(peer, {
    scheduler: await world.schedulerLocation(),
    topics,
    onSnapshot: () => shown.clear(),
    onEvents: () => {},
    onObserved: (batch) => {
      for (const observed of batch) {
        const key = `${observed.topic} ${endpointKey(observed.at)}`;
        if (observed.gone === true) shown.delete(key);
        else shown.set(key, observed);
      }
      changed();
    },
  });
  watches.push(watch);
  return {
    watch,
    peer,
    shown,
    until: (topic, matches) =>
      new Promise((resolve) => {
        changed = () => {
          for (const observed of shown.values()) {
            // Of that topic, and not gone.
            const found = observed as Of<typeof topic>;
            if (observed.topic === topic && matches(found)) resolve(found);
          }
        };
        changed();
      }),
  };
}

test("an operator sees a server's channels: what went over them, and who is how far behind", async () => {
  const { until } = operator;
  const { channels, at } = await until("channels", (seen) => seen.channels[0]?.published === 3);
  expect(at).toMatchObject({ peer: world.idOf("node") });
  expect(channels).toMatchObject([{ name: "news", published: 3, delivered: 6, dropped: 0 }]);
  expect(channels[0]?.subscribers).toHaveLength(2);
  expect(channels[0]?.subscribers).toContainEqual(
    expect.objectContaining({ kind: "task", name: "slow", waiting: 3, dropped: 0, to: at }),
  );
  expect(channels[0]?.subscribers).toContainEqual(expect.objectContaining({ kind: "reader", waiting: 3 }));
});

test("an operator sees supervisors with their children and how often those were started again", async () => {
  const { until } = operator;
  const { supervisors } = await until("supervision", (seen) => seen.supervisors.length === 2);
  const [shop, back] = supervisors;
  expect(shop).toMatchObject({
    name: "shop",
    strategy: "one-for-one",
    intensity: { restarts: 5, withinMs: MINUTE_MS },
    restartsWithin: 1,
    state: "running",
    children: [
      { name: "till", state: "running", restarts: 1, restart: "always" },
      { name: "back", supervisor: true, task: back?.task },
    ],
  });
  expect(back).toMatchObject({ name: "back", parent: shop?.task });
});

test("an operator sees what a task waits for, what waits for it, and the tasks around it", async () => {
  const { until } = operator;
  const { task } = await until(`task:${ids.listens}`, (seen) => seen.task.mailbox === 2);
  expect(task).toMatchObject({
    id: ids.listens,
    name: "listens",
    state: "waiting",
    job: job.id,
    attempt: 1,
    parents: [],
    children: [{ name: "slow", mailbox: 3 }],
    mailboxTexts: ['{hello: "you"}', '"secret words"'],
  });
  expect(task.waitsFor).toContain("sleep");
});

test("links, code and services are shown by who has them", async () => {
  const { until, shown } = operator;
  const scheduler = await until("links", ({ role, links }) => role === "scheduler" && links.length >= 4);
  const toNode = scheduler.links.find(({ peer }) => peer === world.idOf("node"));
  expect(toNode).toMatchObject({ name: "node", roles: ["node"], transport: "memory", suspected: false });
  expect(toNode?.bytesIn).toBeGreaterThan(0);
  expect(toNode?.framesOut).toBeGreaterThan(0);
  await until("links", ({ role, name }) => role === "client" && name === "client");
  const at = await until("code", ({ at: place }) => place.server > 0);
  expect(at).toMatchObject({ bundles: [{ state: "loaded", jobs: [job.id], exports: ["listens", "keeps"] }] });
  const made = await until("code", ({ at: place }) => place.peer === client.peer.id);
  expect(made.bundles).toMatchObject([{ name: "tasks.ts", jobs: [job.id], digest: at.bundles[0]?.digest }]);
  const kept = await until("code", ({ at: place }) => place.peer === world.idOf("node") && place.server === 0);
  expect(kept.bundles).toMatchObject([{ digest: at.bundles[0]?.digest, jobs: [job.id] }]);
  const services = [...shown.values()].flatMap((one) => (one.topic === "code" && !one.gone ? one.services : []));
  expect(services).toMatchObject([{ name: "news calls", calls: 0, running: 0 }]);
});

test("a viewer sees how much there is of what, and no names or texts; its client sees all of its own job", async () => {
  const topics = ["channels", "supervision", "code", "logs:debug", `task:${ids.listens}`] as const;
  const viewer = await look(["viewer"], topics);
  await viewer.until("code", ({ at }) => at.server > 0);
  const { channels } = await viewer.until("channels", () => true);
  expect(channels).toMatchObject([{ name: "", published: 3 }]);
  await viewer.until("supervision", (seen) => seen.supervisors.length === 2);
  await viewer.until(`task:${ids.listens}`, () => true);
  const words = JSON.stringify([...viewer.shown.values()]);
  for (const text of ["news", "slow", "till", "shop", "secret", "listens", "logs:"]) expect(words).not.toContain(text);
  const other = await look(["client"], topics);
  await other.until("channels", (seen) => seen.channels[0]?.name === "");
  const own = await look([], topics, client.peer);
  await own.until("channels", (seen) => seen.channels[0]?.name === "news");
  await own.until(`task:${ids.listens}`, ({ task }) => task.mailboxTexts?.[1] === '"secret words"');
});

test("an operator sees the lines that places log, of the level that was asked for", async () => {
  const { until } = operator;
  await using more = await client.openJob({ name: "logged" });
  const { lines } = await until("logs:info", (seen) => seen.lines.some(({ text }) => text === "job.opened"));
  expect(lines.find(({ text }) => text === "job.opened")).toMatchObject({ level: "info", fields: { name: "logged" } });
  expect(more.name).toBe("logged");
});

test("who looks later has all at once", async () => {
  const late = await look(["operator"], []);
  late.watch.setTopics(["supervision", "links"]);
  await late.until("links", () => true);
  await late.until("supervision", () => true);
});

test("a client shows the files of its jobs and how many nodes have them, others see their number", async () => {
  const plain = { done: () => "done" };
  const url = world.module("plain.ts", plain);
  const files = [
    { name: "words.txt", bytes: new Uint8Array([1, 2, 3]) },
    { file: { name: "b", bytes: new Uint8Array(9) }, to: "below" },
  ];
  const withFiles = await client.openJob({ modules: [url], files });
  const viewer = await look(["viewer"], ["code"]);
  const ofJob = (observed: Of<"code">): readonly JobFileInfo[] =>
    (observed.files ?? []).filter((file) => file.job === withFiles.id);
  const known = await operator.until("code", (observed) => ofJob(observed).length === 2);
  expect(ofJob(known)).toEqual([
    { job: withFiles.id, path: "words.txt", bytes: 3, there: 0, sending: 0 },
    { job: withFiles.id, path: "below/b", bytes: 9, there: 0, sending: 0 },
  ]);
  const { done } = await withFiles.module<typeof plain>(url);
  expect(await done.call([], { at: world.idOf("other node") })).toBe("done");
  const sent = await operator.until(
    "code",
    (observed) => ofJob(observed).filter((file) => file.there === 1).length === 2,
  );
  expect(ofJob(sent)[0]).toEqual({
    job: withFiles.id,
    path: "words.txt",
    bytes: 3,
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    there: 1,
    sending: 0,
  });
  const bare = await viewer.until("code", (observed) => ofJob(observed).some((file) => file.there === 1));
  expect(ofJob(bare)[0]).toEqual({ job: withFiles.id, path: "", bytes: 3, there: 1, sending: 0 });
  await withFiles.close();
});

test("a place that is gone shows nothing any more", async () => {
  const { until, shown } = operator;
  const gone = await until("links", ({ name }) => name === "other node");
  await world.crash("other node");
  await until("links", ({ role }) => role === "scheduler" && !shown.has(`links ${endpointKey(gone.at)}`));
});

test("nobody speaks for another place, or without being one", async () => {
  const { until, shown } = operator;
  await until("channels", () => true);
  const liar = await world.peer("liar", ["peer"]);
  const scheduler = await world.schedulerLocation();
  await liar.connect(scheduler);
  const words = { topic: "channels", timeMs: 1, channels: [], readers: [], more: 7 };
  const own = { peer: liar.id, server: 0 };
  for (const at of [own, { peer: world.idOf("node"), server: 1 }])
    liar.procedures.notify({ peer: scheduler.peer, server: 0 }, "scheduler.observed", { ...words, at });
  // In order after those.
  await liar.procedures.call({ peer: scheduler.peer, server: 0 }, "scheduler.where", undefined);
  const [late] = [await look(["operator"], ["channels"])];
  await late.until("channels", () => true);
  for (const { topic, more } of [...shown.values(), ...late.shown.values()])
    if (topic === "channels") expect(more).toBeUndefined();
});
