import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inviteOf, runProgram } from "./run-program.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-programs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

test("thirty messages to a task elsewhere are each processed and done, once", async () => {
  await using server = runProgram("remote-task", "server");
  await using client = runProgram("remote-task", "client", await inviteOf(server));
  await client.says("sent");
  await Promise.all(upTo(30).map((id) => server.says(`done ${id}`)));
  const processed = server.lines.filter((line) => line.startsWith("processing "));
  expect(processed.map((line) => Number(line.split(" ")[1])).toSorted((a, b) => a - b)).toEqual(upTo(30));
  expect(server.lines.filter((line) => line.startsWith("done ")).length).toBe(30);
  expect(await client.ends()).toBe(0);
});

test("a delivery on a channel waits for two clients, then gives two, ten times", async () => {
  await using server = runProgram("remote-channel", "server");
  const invite = await inviteOf(server);
  await using one = runProgram("remote-channel", "client", invite);
  await one.says("subscribed");
  expect(server.lines.filter((line) => line.startsWith("delivered"))).toEqual([]);
  await using two = runProgram("remote-channel", "client", invite);
  await server.says("delivered 9 to 2");
  expect(server.lines.filter((line) => line.startsWith("delivered"))).toEqual(
    upTo(10).map((n) => `delivered ${n - 1} to 2`),
  );
  for (const client of [one, two]) expect(await client.says(/^got/)).toBe("got 0 1 2 3 4 5 6 7 8 9");
});

test("what one types in a chat appears at the others, what is shouted does not", async () => {
  await using server = runProgram("chat-channel", "server");
  const invite = await inviteOf(server);
  await using a = runProgram("chat-channel", "client", invite, "ann");
  await using b = runProgram("chat-channel", "client", invite, "bob");
  await using c = runProgram("chat-channel", "client", invite, "cas");
  for (const client of [a, b, c]) await client.says("here");
  a.types("hello");
  for (const client of [a, b, c]) await client.says("ann: hello");
  b.types("LISTEN");
  b.types("sorry");
  for (const client of [a, b, c]) {
    await client.says("bob: sorry");
    expect(client.lines.filter((line) => line.includes(": "))).toEqual(["ann: hello", "bob: sorry"]);
  }
});

test("a task answers requests of those who share a secret, and nobody else's", async () => {
  const secret = "a-secret-that-is-long-enough-4f9c2b7d81e6";
  await using server = runProgram("pico-task", "service", secret);
  const address = (await server.says(/^address /)).slice("address ".length);
  await using client = runProgram("pico-task", "client", secret, address);
  await client.says("10 squared is 100");
  expect(client.lines).toEqual(upTo(10).map((n) => `${n} squared is ${n * n}`));
  await using stranger = runProgram("pico-task", "client", "another-secret-that-is-long-enough-77aa", address);
  expect(await stranger.says(/^refused/)).toBe("refused: NOT_A_MEMBER");
});

test("a monitor is told how services' calls end, a call is talked to, and of 10,000 instant ones none is lost", async () => {
  await using server = runProgram("services", "server");
  await using client = runProgram("services", "client", await inviteOf(server));
  await client.says(/ calls answered$/);
  expect(client.lines).toEqual([
    "returned msg:3",
    "returned msg:4",
    "returned msg:6",
    "returned msg:12",
    "failed RangeError: division by zero",
    "said hello how are you",
    "10000 of 10000 calls answered",
  ]);
  expect(await client.ends()).toBe(0);
});

test("lines of logs on several machines are streamed to one, also of a machine that comes later", async () => {
  const logs = ["first.log", "second.log"].map((name) => join(folder, name));
  for (const log of logs) writeFileSync(log, "");
  const [first = "", second = ""] = logs;
  await using one = runProgram("log-watch", "server", "one", first);
  const invite = await inviteOf(one);
  await one.says("serving");
  await using watcher = runProgram("log-watch", "client", invite, "error");
  const address = (await watcher.says(/^address /)).slice("address ".length);
  appendFileSync(first, "all is well\nerror: disk full\n");
  await watcher.says("one: error: disk full");
  await using _two = runProgram("log-watch", "server", "two", second, invite, address);
  appendFileSync(second, "an error too\nfine again\n");
  await watcher.says("two: an error too");
  appendFileSync(first, "no more errors\n");
  await watcher.says("one: no more errors");
  expect(watcher.lines.filter((line) => line.includes("well") || line.includes("fine"))).toEqual([]);
});

test("a script is run for who answers the challenge, and refused to who doesn't", async () => {
  const script = join(folder, "update.mjs");
  writeFileSync(script, 'console.log("updated");\n');
  await using server = runProgram("node-service", "server", "open sesame", folder);
  const invite = await inviteOf(server);
  await using wrong = runProgram("node-service", "client", invite, "open barley", script);
  expect(await wrong.says(/./)).toBe("refused: ROLE_FORBIDS");
  await using right = runProgram("node-service", "client", invite, "open sesame", script);
  expect(await right.says(/./)).toBe("exit code 0, it said: updated");
});

test("agents that come later meet those that are there, and hear of who leaves", async () => {
  await using ann = runProgram("agents", "first", "ann");
  const invite = await inviteOf(ann);
  await using bob = runProgram("agents", "more", "bob", invite);
  for (const [one, other] of [
    [ann, "bob"],
    [bob, "ann"],
  ] as const) {
    await one.says(`greeted ${other}`);
    await one.says(`greeted by ${other}`);
  }
  await using cas = runProgram("agents", "more", "cas", invite);
  for (const one of [ann, bob]) await one.says("greeted by cas");
  for (const name of ["ann", "bob"]) await cas.says(`greeted by ${name}`);
  bob.types("leave");
  expect(await bob.ends()).toBe(0);
  for (const one of [ann, cas]) await one.says("bob has left");
  await using dan = runProgram("agents", "more", "dan", invite);
  for (const one of [ann, cas]) await one.says("greeted by dan");
  for (const name of ["ann", "cas"]) await dan.says(`greeted ${name}`);
  expect(dan.lines).not.toContain("greeted bob");
});
