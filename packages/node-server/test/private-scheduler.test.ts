import { connect } from "@skein/node-server";
import { expect, onTestFinished, test, vi } from "vitest";
import { freePort } from "../src/free-port.ts";
import { type Command, skein, startNode, startSkein, temporaryFolder } from "./cli.ts";
import { fixture } from "./programs.ts";

const SECRET = "k3v9x-2mq8r-w0z7t-b5ynd-1hj6c-4gpsf";

/** A node that waits for whoever schedules. */
async function waitingNode(
  name: string,
  words: readonly string[] = [],
): Promise<Command & { readonly address: string }> {
  const address = `127.0.0.1:${await freePort("127.0.0.1", 24_300)}`;
  const given = ["--servers", "1", "--name", name, "--listen", address, "--no-discover", ...words];
  const node = startSkein(["node", "--json", "--data", temporaryFolder(), "--log", "info", ...given], {
    SKEIN_SECRET: SECRET,
  });
  await new Promise<void>((resolve) => {
    node.child.stderr?.on("data", () => {
      if (node.errors().includes("scheduler.awaited")) resolve();
    });
  });
  return { ...node, address };
}

const client = (nodes: readonly string[], count: number): Command =>
  startNode([fixture("private-job.ts"), String(count)], {
    SKEIN_SECRET: SECRET,
    SKEIN_PEER: nodes.join(","),
    SKEIN_DATA: temporaryFolder(),
  });

const answer = async (command: Command): Promise<unknown> =>
  JSON.parse(await command.line((line) => line.startsWith("{")));

test("a client schedules by itself on nodes that share its secret, and they go to the next one", async () => {
  const one = await waitingNode("one");
  const first = client([one.address], 10);
  expect(await answer(first)).toEqual({ sum: 285, nodes: ["one"] });
  // While it has the node, another one waits for it.
  const second = client([one.address], 5);
  first.child.stdin?.end();
  expect(await first.exited).toMatchObject({ code: 0 });
  expect(await answer(second)).toEqual({ sum: 30, nodes: ["one"] });
  second.child.stdin?.end();
  expect(await second.exited).toMatchObject({ code: 0 });
});

test("skein scheduler takes the nodes that it is told of, and one that serves one client is gone after it", async () => {
  const node = await waitingNode("far", ["--serve", "1"]);
  const data = temporaryFolder();
  const words = ["scheduler", "--json", "--data", data, "--listen", "127.0.0.1:0", "--node", node.address];
  const scheduler = startSkein(words, { SKEIN_SECRET: SECRET });
  const line: { readonly type: string; readonly invite: string } = JSON.parse(
    await scheduler.line((text) => text.startsWith("{")),
  );
  expect(line).toMatchObject({ type: "scheduler", onlyThisMachine: true });
  await node.line((text) => text.startsWith("{"));
  const ran = await skein(["run", fixture("squares.ts"), "6", "1"], { SKEIN_DATA: data });
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('"sum":55') });
  expect(await node.exited).toMatchObject({ code: 0 });
  expect(JSON.parse((await skein(["status", "--json"], { SKEIN_DATA: data })).stdout)).toMatchObject({ nodes: [] });
  scheduler.child.kill("SIGINT");
  expect(await scheduler.exited).toMatchObject({ code: 130 });
});

test("a node that serves one client ends when that client is done", async () => {
  const node = await waitingNode("once", ["--serve", "1"]);
  const only = client([node.address], 4);
  expect(await answer(only)).toMatchObject({ sum: 14 });
  only.child.stdin?.end();
  expect(await only.exited).toMatchObject({ code: 0 });
  expect(await node.exited).toMatchObject({ code: 0 });
});

test("a private scheduler wants a secret, and no link", async () => {
  vi.stubEnv("SKEIN_SECRET", "");
  onTestFinished(() => void vi.unstubAllEnvs());
  const refused = expect.objectContaining({ code: "OPTION_INVALID" });
  await expect(connect(undefined, { private: true })).rejects.toThrow(refused);
  await expect(connect("127.0.0.1:1", { private: true, secret: SECRET })).rejects.toThrow(refused);
});

test("connect says what is wrong with what it is given, before it looks for anything", async () => {
  vi.stubEnv("SKEIN_SECRET", "");
  onTestFinished(() => void vi.unstubAllEnvs());
  // As a program in JavaScript may call it.
  const js = connect as (link: unknown, options?: unknown) => PromiseLike<unknown>;
  const refused = (message: string) => expect.objectContaining({ code: "OPTION_INVALID", message });
  for (const address of ["127.0.0.1:1", "ws://maxi:1", "/ip4/127.0.0.1/tcp/1"]) {
    await expect(connect(address)).rejects.toThrow(
      refused(`${address} is an address, and the cluster's secret is needed with it`),
    );
  }
  await expect(js({ secret: SECRET })).rejects.toThrow(refused("link of connect is an object"));
  await expect(js(undefined, { sercet: SECRET })).rejects.toThrow(
    refused("connect has no option sercet: did you mean secret?"),
  );
  await expect(js(undefined, { timeoutMs: -1 })).rejects.toThrow(refused("timeoutMs of connect is -1"));
  await expect(js(undefined, { nodes: "127.0.0.1:1" })).rejects.toThrow(refused('nodes of connect is "127.0.0.1:1"'));
});
