import { expect, onTestFinished, test } from "vitest";
import { readInvite } from "@skein/runtime/network";
import { BreakableProxy, unusedPort } from "./breakable-proxy.ts";
import { skein, startNode, startSkein, startUp, temporaryFolder } from "./cli.ts";
import { fixture } from "./programs.ts";

test("nodes and clients reach a cluster by the forwarded port that it announces, as ssh -L and -R make one", async () => {
  const port = await unusedPort();
  const proxy = await BreakableProxy.start(() => port);
  onTestFinished(() => proxy.close());
  const listens = ["--listen", `127.0.0.1:${port}`, "--announce", `127.0.0.1:${proxy.port}`, "--console-port", "0"];
  const { up, environment } = await startUp(["--no-discover"], temporaryFolder(), listens);
  const addresses = readInvite(up.invite).addresses.join(" ");
  expect(addresses).toContain(`/tcp/${proxy.port}`);
  expect(addresses).not.toContain(`/tcp/${port}`);

  const node = startSkein([
    "node",
    up.invite,
    "--json",
    "--no-discover",
    "--data",
    temporaryFolder(),
    "--servers",
    "1",
  ]);
  await node.line((line) => line.startsWith("{"));
  const byNode = proxy.accepted;
  expect(byNode).toBeGreaterThan(0);
  const { stdout } = await skein(["invite", "--role", "client", "--json"], environment);
  const { invite }: { readonly invite: string } = JSON.parse(stdout);
  // At both servers of `skein up`, and at the node's.
  const client = startNode([fixture("meets.ts"), "3"], { SKEIN_CLUSTER: invite, SKEIN_DATA: temporaryFolder() });
  expect(await client.exited, client.errors()).toMatchObject({ code: 0 });
  expect(client.lines).toEqual([JSON.stringify({ type: "met", servers: 3 })]);
  expect(proxy.accepted).toBeGreaterThan(byNode);
});
