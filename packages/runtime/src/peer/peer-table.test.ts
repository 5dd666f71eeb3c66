import { expect, test } from "vitest";
import { silentLogger } from "../logger.ts";
import { heartbeatTimes } from "../link/heartbeat.ts";
import { Codec } from "../wire/codec.ts";
import { EndpointTable, peerIdOf } from "./identity.ts";
import type { PeerOptions } from "./peer-host.ts";
import { KNOWN_LIMIT } from "./known-peers.ts";
import { PeerTable } from "./peer-table.ts";
import { memoryPeers } from "../../test/memory-peers.ts";

const { peerIn, platform, network, partition, heal } = memoryPeers();

test("a peer that was released is not dialled again once it is gone", async () => {
  const dialled: string[] = [];
  const dialsIn =
    (dial: (to: string) => void): NonNullable<PeerOptions["network"]> =>
    async (options) => {
      const host = await network(options);
      const open = host.dial.bind(host);
      return Object.assign(host, {
        dial: async (...args: Parameters<typeof open>) => {
          dial(args[0].join());
          return await open(...args);
        },
      });
    };
  const counting = dialsIn((to) => dialled.push(to));
  const lingerMs = 100;
  const owner = await peerIn();
  // For the node the session lingers on; it may not be the one who comes back.
  const onlyOwner = dialsIn((to) => {
    if (!to.includes(owner.id)) throw new Error("not from here");
  });
  const node = await peerIn({ invite: await owner.invite({ roles: ["node"] }), network: onlyOwner });
  const client = await peerIn({ invite: await owner.invite({ roles: ["client"] }), network: counting, lingerMs });
  await client.connect(node.location);
  client.release(node.id);
  expect(client.peers()).toHaveLength(2);
  const events = client.events.values();
  await events.next();
  await events.next();
  partition(owner.id, client.id);
  partition(node.id, client.id);
  for (let lost = 0; lost < 2;) {
    const { value } = await events.next();
    if (value?.type === "lost") lost += 1;
  }
  dialled.length = 0;
  heal();
  // The owner comes back by itself; it was cut off first, so the other would be dialled by then.
  for (let back = false; !back;) {
    const { value } = await events.next();
    back = value?.type === "connected";
  }
  expect(client.peers().map(({ peer }) => peer)).toEqual([owner.id]);
  expect(dialled.filter((addresses) => addresses.includes(node.id))).toEqual([]);
});

test("addresses of peers that are neither connected nor wanted are forgotten, the oldest first", () => {
  // Thousands of them: any bytes are a key that nobody has.
  const newPeer = () => peerIdOf(platform.randomBytes(32));
  const never = (): never => {
    throw new Error("not here");
  };
  const table = new PeerTable({
    platform,
    logger: silentLogger,
    self: newPeer(),
    table: new EndpointTable(),
    codec: new Codec(),
    times: heartbeatTimes({}),
    host: never,
    connector: never,
    onFrame: () => {},
    onEvent: () => {},
    finder: never,
    onLost: () => {},
  });
  const first = newPeer();
  table.learn({ peer: first, addresses: ["/memory/first"] });
  const carrier = table.carrierTo(first);
  for (let n = 0; n < KNOWN_LIMIT; n += 1) table.learn({ peer: newPeer(), addresses: [`/memory/${n}`] });
  expect(table.locationOf(first).addresses).toEqual([]);
  expect(carrier.state).toBe("closed");
  void table.close(0);
});
