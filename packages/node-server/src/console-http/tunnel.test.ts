import { once } from "node:events";
import { createServer, IncomingMessage } from "node:http";
import { type AddressInfo, connect, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { refuseUpgrade, Tunnels, webSocketOf } from "./tunnel.ts";

test.each([
  ["that is refused", refuseUpgrade],
  [
    "for which there is no listener",
    (page) => new Tunnels().forward(new IncomingMessage(new Socket()), page, new Uint8Array(), undefined),
  ],
] as const satisfies readonly (readonly [string, (page: Duplex, status: number) => void])[])(
  "an upgrade %s leaves no connection, also when the other end keeps it open",
  async (_what, refuse) => {
    await using server = createServer();
    const gone = new Promise<boolean>((resolve) => {
      server.on("upgrade", (_request, page: Duplex) => {
        page.once("close", () => resolve(true));
        refuse(page, 401);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    // Listening on a port, it has an address of this form.
    const { port } = server.address() as AddressInfo;
    const client = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    let answer = "";
    client.on("data", (part: Buffer) => (answer += part.toString()));
    const ended = once(client, "end");
    client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    await ended;
    expect(answer).toMatch(/^HTTP\/1\.1 (401|503) /);
    expect(await gone).toBe(true);
    client.destroy();
  },
);

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
