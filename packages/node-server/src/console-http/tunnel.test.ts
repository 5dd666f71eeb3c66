import { expect, test } from "vitest";
import { webSocketOf } from "./tunnel.ts";

test("the nearest plain WebSocket listener is taken", () => {
  expect(
    webSocketOf([
      "/ip4/192.168.1.4/tcp/4100",
      "/ip4/192.168.1.4/tcp/4101/ws",
      "/ip4/127.0.0.1/tcp/4101/ws/p2p/12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X",
    ]),
  ).toEqual({ host: "127.0.0.1", port: 4101 });
  expect(webSocketOf(["/ip4/192.168.1.4/tcp/4101/ws"])).toEqual({ host: "192.168.1.4", port: 4101 });
  expect(webSocketOf(["ws://[::1]:4101"])).toEqual({ host: "::1", port: 4101 });
});

test("a listener on every interface is reached by loopback", () => {
  expect(webSocketOf(["/ip4/0.0.0.0/tcp/4101/ws"])).toEqual({ host: "127.0.0.1", port: 4101 });
  expect(webSocketOf(["/ip6/::/tcp/4101/ws"])).toEqual({ host: "::1", port: 4101 });
});

test("a peer without a plain WebSocket listener has none", () => {
  expect(webSocketOf(["/ip4/127.0.0.1/tcp/4100", "/ip4/127.0.0.1/tcp/4101/tls/ws", "wss://a:1"])).toBeUndefined();
});
