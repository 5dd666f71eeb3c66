import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "./config.ts";
import { createNodePeer } from "./create-node-peer.ts";
import { type NetworkOptions, withNetwork } from "./network-options.ts";

const portOf = (address: string): number => Number(address.split(":").at(-1));

/** Takes the TCP port before the peer does. */
async function takeFirst(network: NetworkOptions): Promise<void> {
  const other = createServer();
  onTestFinished(() => void other.close());
  await new Promise<void>((resolve) => void other.listen(portOf(String(network.listen[0])), "127.0.0.1", resolve));
}

test("where no port was asked for, one that another program takes meanwhile is left to it", async () => {
  const tried: number[] = [];
  const peer = await withNetwork(readConfig(), async (network) => {
    tried.push(portOf(String(network.listen[0])));
    if (tried.length === 1) await takeFirst(network);
    return await createNodePeer({ newCluster: true, ...network });
  });
  onTestFinished(() => peer.close({ cancel: true }));
  const [first, second] = tried;
  expect(tried).toHaveLength(2);
  expect(second).not.toBe(first);
  expect(peer.location.addresses.some((address) => address.includes(`/tcp/${second}`))).toBe(true);
});

test("a port that was asked for is taken or refused", async () => {
  let tries = 0;
  const config = readConfig({ flags: { listen: ["127.0.0.1:0"] } });
  const refused = withNetwork(config, async (network) => {
    tries += 1;
    const other = createServer();
    onTestFinished(() => void other.close());
    await new Promise<void>((resolve) => void other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return await createNodePeer({ newCluster: true, ...network, listen: [`127.0.0.1:${port}`] });
  });
  await expect(refused).rejects.toMatchObject({ code: "OPTION_INVALID" });
  expect(tries).toBe(1);
});
