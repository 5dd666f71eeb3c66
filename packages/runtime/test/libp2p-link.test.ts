import { tcp } from "@libp2p/tcp";
import { webSockets } from "@libp2p/websockets";
import { describe, expect, test } from "vitest";
import { peerIdOf } from "../src/peer/identity.ts";
import { startLibp2pHost } from "../src/peer/libp2p-host.ts";
import { JOIN_PROTOCOL, type LimitedLink, type NetworkConnection, type NetworkHost } from "../src/peer/network.ts";
import { createHostPlatform } from "../src/testing/host-platform.ts";
import { linkContract, type LinkPair } from "../src/testing/link-contract.ts";

const platform = createHostPlatform();

interface Started {
  readonly host: NetworkHost;
  readonly connected: Promise<NetworkConnection>;
  readonly linked: Promise<LimitedLink>;
}

async function start(listen: readonly string[]): Promise<Started> {
  const { promise: connected, resolve: onConnected } = Promise.withResolvers<NetworkConnection>();
  const { promise: linked, resolve: onLinked } = Promise.withResolvers<LimitedLink>();
  const host = await startLibp2pHost(
    { transports: [tcp(), webSockets()], dials: ["tcp", "ws"], listens: true },
    {
      keys: platform.generateKey(),
      listen,
      announce: [],
      handlers: { connected: onConnected, linked: (_connection, _protocol, link) => onLinked(link) },
    },
    platform,
  );
  return { host, connected, linked };
}

async function pair(listen: string): Promise<LinkPair> {
  const listener = await start([listen]);
  const dialler = await start([]);
  const signal = AbortSignal.timeout(10_000);
  const connection = await dialler.host.dial(listener.host.addresses(), signal);
  const left = await connection.openLink(JOIN_PROTOCOL, signal);
  return {
    left,
    right: await listener.linked,
    close: async () => {
      await dialler.host.close();
      await listener.host.close();
    },
  };
}

for (const [name, listen] of [
  ["TCP", "/ip4/127.0.0.1/tcp/0"],
  ["WebSocket", "/ip4/127.0.0.1/tcp/0/ws"],
] as const) {
  describe(`a link over a libp2p stream on ${name}`, () => {
    for (const { name: what, run } of linkContract(() => pair(listen))) test(what, run);
  });
}

test("a connection names the peer whose key was proved, on both sides", async () => {
  const listener = await start(["/ip4/127.0.0.1/tcp/0"]);
  const keys = platform.generateKey();
  const dialler = await startLibp2pHost(
    { transports: [tcp()], dials: ["tcp"], listens: true },
    { keys, listen: [], announce: [], handlers: { connected: () => {}, linked: () => {} } },
    platform,
  );
  const connection = await dialler.dial(listener.host.addresses(), AbortSignal.timeout(10_000));
  const incoming = await listener.connected;
  expect(incoming.remote).toBe(peerIdOf(keys.publicKey));
  expect(listener.host.addresses()[0]).toContain(`/p2p/${connection.remote}`);
  expect([connection.dialled, incoming.dialled, connection.transport]).toEqual([true, false, "tcp"]);
  connection.close();
  await incoming.closed;
  await dialler.close();
  await listener.host.close();
});
