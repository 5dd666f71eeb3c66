import { expect, test } from "vitest";
import { groupByPeer, isDialled, peerOfAddress, signalledAddress, toMultiaddr, transportOf } from "./address.ts";

const PEER = "12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8";

test("addresses as people write them become multiaddrs", () => {
  expect(toMultiaddr("127.0.0.1:4100")).toBe("/ip4/127.0.0.1/tcp/4100");
  expect(toMultiaddr("maxi.local:4100")).toBe("/dns/maxi.local/tcp/4100");
  expect(toMultiaddr("[::1]:4100")).toBe("/ip6/::1/tcp/4100");
  expect(toMultiaddr("ws://10.0.0.1:80/")).toBe("/ip4/10.0.0.1/tcp/80/ws");
  expect(toMultiaddr("wss://example.org:443")).toBe("/dns/example.org/tcp/443/tls/ws");
  expect(toMultiaddr("/ip4/1.2.3.4/tcp/5")).toBe("/ip4/1.2.3.4/tcp/5");
  for (const bad of ["nonsense", "host:99999", "ftp://host:1", "host:", ":1"]) {
    expect(() => toMultiaddr(bad)).toThrowError(expect.objectContaining({ code: "OPTION_INVALID" }));
  }
});

test("a multiaddr tells its peer and what carries it", () => {
  expect(peerOfAddress(`/ip4/1.2.3.4/tcp/5/p2p/${PEER}`)).toBe(PEER);
  expect(peerOfAddress("/ip4/1.2.3.4/tcp/5")).toBe(undefined);
  expect(transportOf(`/ip4/1.2.3.4/tcp/5/ws/p2p/${PEER}`)).toBe("ws");
  expect(transportOf("/dns/x/tcp/5/tls/ws")).toBe("wss");
  expect(transportOf("/ip4/1.2.3.4/tcp/5")).toBe("tcp");
  expect(transportOf(signalledAddress(PEER))).toBe("webrtc");
  expect(peerOfAddress(signalledAddress(PEER))).toBe(PEER);
});

test("addresses of one peer are dialled together", () => {
  const a = `/ip4/1.2.3.4/tcp/5/p2p/${PEER}`;
  const b = `/ip4/1.2.3.4/tcp/6/ws/p2p/${PEER}`;
  expect(groupByPeer([a, "/ip4/9.9.9.9/tcp/1", b])).toEqual([
    [PEER, [a, b]],
    [undefined, ["/ip4/9.9.9.9/tcp/1"]],
  ]);
});

test("what is carried by a peer, or made over a connection, can not be dialled by itself", () => {
  expect(isDialled(`/ip4/1.2.3.4/tcp/5/ws/p2p/${PEER}`)).toBe(true);
  expect(isDialled(`/ip4/1.2.3.4/tcp/5/ws/p2p/${PEER}/p2p-circuit/p2p/${PEER}`)).toBe(false);
  expect(isDialled(signalledAddress(PEER))).toBe(false);
});
