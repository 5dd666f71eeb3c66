/** `skein jobs`, `logs`, `cancel`, and what steers nodes, servers and jobs, with one cluster for all. */
import { pathToFileURL } from "node:url";
import { type ChannelId, clusterActs, type ClusterSnapshot } from "@skein/runtime";
import { isTaskId, parseServerId } from "@skein/runtime/host";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createBundler } from "../src/code/bundler.ts";
import { type JoinedCluster, joinCluster } from "../src/join-cluster.ts";
import { sharedUp, skein, startNode, startSkein } from "./cli.ts";
import { fixture } from "./programs.ts";

const up = sharedUp(["--name", "maxi"]);
const skeinHere = async (...words: string[]) => await skein(words, up().environment);
const startHere = (...words: string[]) => startSkein(words, up().environment);

/** `skein logs`, once it gets what comes. */
async function startLogs(...words: string[]) {
  const logs = startHere("logs", ...words);
  await soon(() => expect(logs.errors()).toContain("following"));
  return logs;
}

const soon = async (look: () => Promise<void> | void): Promise<void> =>
  await vi.waitFor(look, { timeout: 30_000, interval: 50 });

/** A client program with tasks that wait, once the first one runs. */
async function startWaits(count: number) {
  const client = startNode([fixture("waits.ts"), String(count)], up().environment);
  await client.line((line) => line === "running");
  return client;
}

interface JobLine {
  readonly name: string;
  readonly id: string;
  readonly state: string;
  readonly counters: { readonly submitted: number; readonly done: number };
}
const jobLines = (text: string): JobLine[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

/** Looks without a process of its own for each look. */
let cluster: JoinedCluster;
beforeAll(async () => {
  process.env["SKEIN_DATA"] = up().data;
  cluster = await joinCluster(undefined);
});
afterAll(async () => {
  delete process.env["SKEIN_DATA"];
  await cluster.peer.close({ cancel: true });
});
const actsHere = () => clusterActs(cluster.peer.procedures, { peer: cluster.scheduler.peer, server: 0 });
const jobOf = async (name: string) => (await status()).jobs.find((job) => job.name === name);
/** Ends a program by its job: others have its servers at once, where a program that is killed may come back for a while. */
async function end(name: string): Promise<void> {
  const job = await jobOf(name);
  if (job !== undefined) await actsHere().cancelJob(job.id);
}
async function status(): Promise<ClusterSnapshot> {
  const { peer, scheduler } = cluster;
  // Answered by the scheduler.
  return (await peer.procedures.call(
    { peer: scheduler.peer, server: 0 },
    "scheduler.status",
    undefined,
  )) as ClusterSnapshot;
}

test("skein jobs lists a job, follows it to its end, and skein cancel ends it for its program", async () => {
  expect(await skeinHere("jobs")).toMatchObject({ code: 0, stdout: "No job is open." });
  const client = await startWaits(4);
  await soon(async () => expect((await status()).jobs).toMatchObject([{ held: 2 }]));
  const [job] = jobLines((await skeinHere("jobs", "--json")).stdout);
  expect(job).toMatchObject({ name: "waits of 4", state: "active", counters: { submitted: 4, done: 0 } });
  expect((await skeinHere("jobs")).stdout).toMatch(/^waits of 4 +…\w{8} +active +…\w{8} +1 +2 of \d +0 of 4 /m);
  const following = startHere("jobs", "waits of 4", "--follow");
  await following.line((line) => line === "waits of 4: active, 0 of 4 tasks, 2 running on 2 servers");
  expect(await skeinHere("cancel", "waits of 4", "--reason", "wrong numbers")).toEqual({
    code: 0,
    stdout: "job waits of 4 is cancelled",
    stderr: "",
  });
  expect(await client.exited).toMatchObject({ code: 1 });
  expect(client.errors()).toContain("TASK_CANCELLED");
  expect(client.errors()).toContain("wrong numbers");
  expect(await following.exited).toMatchObject({ code: 0 });
  expect(following.lines.at(-1)).toMatch(/^waits of 4: closed, 4 of 4 tasks/);
});

test("skein cancel ends one task by its id, which skein logs --events shows", async () => {
  const logs = await startLogs("--events", "--level", "debug");
  const client = await startWaits(1);
  const [, task = ""] = /task=(t_\w+)/.exec(await logs.line((line) => /task\.started .*fn=waitFor/.test(line))) ?? [];
  expect(await skeinHere("cancel", task)).toMatchObject({ code: 0, stdout: `task ${task} is cancelled` });
  expect(await client.exited).toMatchObject({ code: 1 });
  await logs.line((line) => line.includes("task.exited") && line.includes("exit=cancelled"));
  logs.child.kill("SIGINT");
  expect(await logs.exited).toMatchObject({ code: 130 });
});

test("skein logs shows what tasks log, and what is kept of it later", async () => {
  const logs = await startLogs();
  await skein(["run", fixture("chatty.ts")], up().environment);
  expect(await logs.line((line) => line.includes("word.said"))).toMatch(
    /^\d\d:\d\d:\d\d info {2}word\.said job=chatty server=maxi\/\d+ task=t_\w+ word=hello$/,
  );
  const { code, stdout } = await skeinHere("logs", "--kept", "--json");
  expect(code).toBe(0);
  expect(jobLines(stdout)).toContainEqual(expect.objectContaining({ type: "log", text: "word.said" }));
});

test("a paused node gets nothing new, a resumed one does; servers are steered alike", async () => {
  expect(await skeinHere("pause", "maxi")).toMatchObject({ code: 0, stdout: "node maxi is paused" });
  await soon(async () => expect((await status()).nodes).toMatchObject([{ standing: "paused" }]));
  const client = startNode([fixture("squares.ts"), "3", "1"], up().environment);
  await client.line((line) => line.includes("ready"));
  await soon(async () => expect((await status()).jobs).toMatchObject([{ state: "waiting" }]));
  expect(client.lines.length).toBe(1);
  expect(await skeinHere("resume", "maxi")).toMatchObject({ code: 0, stdout: "node maxi goes on" });
  expect(await client.exited).toMatchObject({ code: 0 });
  expect((await status()).nodes[0]?.standing).toBe(undefined);
  expect(await skeinHere("drain", "maxi/2", "--json")).toMatchObject({ code: 0 });
  expect((await status()).servers.find(({ id }) => id.endsWith("/2"))?.state).toBe("closed");
  expect(await skeinHere("resume", "maxi/2")).toMatchObject({ code: 0 });
  await soon(async () => expect((await status()).servers.map(({ state }) => state)).toEqual(["ready", "ready"]));
});

test("skein restart gives a server a fresh process", async () => {
  expect(await skeinHere("restart", "maxi/1", "--grace", "1s")).toMatchObject({
    code: 0,
    stdout: "server maxi/1 begins anew",
  });
  await soon(async () => expect((await status()).servers.map(({ state }) => state)).toEqual(["ready", "ready"]));
  const client = startNode([fixture("squares.ts"), "3", "1"], up().environment);
  expect(await client.exited).toMatchObject({ code: 0 });
});

test("a job is paused by its name, and goes on", async () => {
  await startWaits(3);
  expect(await skeinHere("pause", "waits of 3")).toMatchObject({ code: 0, stdout: "job waits of 3 is paused" });
  expect((await skeinHere("jobs")).stdout).toMatch(/^waits of 3 +…\w{8} +paused /m);
  expect(await skeinHere("resume", "waits of 3")).toMatchObject({ code: 0 });
  await soon(async () => expect((await status()).jobs[0]).not.toHaveProperty("paused"));
  const { stdout } = await skeinHere("jobs", "waits of 3", "--weight", "2.5", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ name: "waits of 3", weight: 2.5 });
  await end("waits of 3");
});

test("the whole cluster begins nothing while its intake is paused, and status says so", async () => {
  expect(await skeinHere("pause", "--intake")).toMatchObject({ code: 0 });
  expect((await skeinHere("status")).stdout).toContain("The intake is paused");
  const client = startNode([fixture("waits.ts"), "1"], up().environment);
  // Programs of other tests that were killed are here for a while yet.
  await soon(async () => expect(await jobOf("waits of 1")).toMatchObject({ state: "waiting", held: 0 }));
  expect(await status()).toMatchObject({ intake: "paused" });
  expect(await skeinHere("resume", "--intake")).toMatchObject({ code: 0, stdout: "the cluster goes on" });
  await client.line((line) => line === "running");
  await end("waits of 1");
});

test("an operator sends to tasks, gives them other code, restarts children and ends subscriptions", async () => {
  const acts = actsHere();
  const client = startNode([fixture("acted-on-client.ts")], up().environment);
  const word = async (name: string): Promise<string> => {
    const line = await client.line((one) => one.startsWith(`${name} `));
    return line.slice(name.length + 1);
  };
  const [tells, shop, supervisor, news, listener] = [
    await word("tells"),
    await word("shop"),
    await word("supervisor"),
    await word("channel"),
    await word("task"),
  ];
  if (!isTaskId(tells) || !isTaskId(shop) || !isTaskId(supervisor)) throw new Error("these are no tasks");
  const { digest } = await createBundler().bundle(pathToFileURL(fixture("acted-on-newer.ts")));
  await acts.upgradeTask(tells, { digest, fn: "tells" });
  await acts.sendToTask(tells, "news");
  await client.line((line) => line === "it has got news");
  const at = parseServerId(await word(`${shop} at`));
  if (at === undefined) throw new Error("this is no server");
  const tills = () => client.lines.filter((line) => line === "till").length;
  await soon(() => expect(tills()).toBe(1));
  await acts.restartChild(at, supervisor, "till");
  await soon(() => expect(tills()).toBe(2));
  await acts.sendToTask(shop, "publish");
  await client.line((line) => line === "published");
  await acts.unsubscribe(at, news as ChannelId, listener);
  await acts.sendToTask(shop, "publish");
  await soon(() => expect(client.lines.filter((line) => line === "asked").length).toBe(2));
  expect(client.lines.filter((line) => line === "published").length).toBe(1);
  // The node is this cluster's only one: what it runs goes on over another connection.
  const [node] = (await status()).nodes;
  const job = await jobOf("acted on");
  if (node === undefined || job === undefined) throw new Error("no node, or no job");
  await acts.disconnect(job.client, node.id);
  await acts.sendToTask(shop, "still there");
  await soon(() => expect(client.lines.filter((line) => line === "asked").length).toBe(3));
  await end("acted on");
  // The program closes the other one by itself.
  await soon(async () => expect(await jobOf("release")).toBeUndefined());
});

test("what nobody is called is refused before anything is done, with what there is", async () => {
  for (const verb of ["pause", "cancel", "jobs"]) {
    const ended = await skeinHere(verb, "nobody");
    expect([verb, ended.code]).toEqual([verb, 2]);
    expect(ended.stderr).toContain("nobody in the cluster (OPTION_INVALID)");
  }
  expect((await skeinHere("stop", "nobody")).stderr).toContain("there are: maxi");
  expect(await skeinHere("cancel", `t_${"0".repeat(26)}`)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("TASK_UNKNOWN"),
  });
});
