import { expect, onTestFinished, test } from "vitest";
import { BreakableProxy, unusedPort } from "./breakable-proxy.ts";
import { startNode, startUp } from "./cli.ts";
import { fixture } from "./programs.ts";

test("a client whose connection to the cluster breaks shortly, again and again, keeps its job and its tasks", async () => {
  const port = await unusedPort();
  const proxy = await BreakableProxy.start(() => port);
  onTestFinished(() => proxy.close());
  const up = await startUp(["--announce", `127.0.0.1:${proxy.port}`], undefined, [
    "--listen",
    `127.0.0.1:${port}`,
    "--console-port",
    "0",
  ]);
  const client = startNode([fixture("squares.ts"), "60", "50"], up.environment);
  await client.line((line) => line.includes("running"));
  const first = proxy.accepted;
  expect(first).toBeGreaterThan(0);
  const done = client.line((line) => line.includes("done"));
  for (let cuts = 0; cuts < 5; cuts += 1) {
    const before = proxy.accepted;
    proxy.cut();
    await Promise.race([done, proxy.connected(before + 1)]);
  }
  expect(proxy.accepted).toBeGreaterThan(first);
  expect(JSON.parse(await done)).toMatchObject({ sum: 70_210, retried: 0 });
  expect((await client.exited).code).toBe(0);
});
