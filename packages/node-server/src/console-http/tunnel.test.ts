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

test("one by TLS is taken where there is no plain one", () => {
  const secure = ["/ip4/10.0.0.5/tcp/4101/tls/ws", "/ip4/127.0.0.1/tcp/4101/tls/ws"];
  expect(webSocketOf(secure)).toEqual({ host: "127.0.0.1", port: 4101, tls: true });
  expect(webSocketOf([...secure, "/ip4/10.0.0.5/tcp/4102/ws"])).toEqual({ host: "10.0.0.5", port: 4102 });
  expect(webSocketOf(["wss://console.lan"])).toEqual({ host: "console.lan", port: 443, tls: true });
});

test("a peer without a WebSocket listener has none", () => {
  expect(webSocketOf(["/ip4/127.0.0.1/tcp/4100"])).toBeUndefined();
});
