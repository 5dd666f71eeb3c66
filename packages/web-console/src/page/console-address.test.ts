import { expect, test } from "vitest";
import { consoleAddress } from "./console-address.ts";

test.each([
  ["http://127.0.0.1:8181/", "/ip4/127.0.0.1/tcp/8181/ws/p2p/P"],
  ["http://localhost:9000/nodes", "/dns/localhost/tcp/9000/ws/p2p/P"],
  ["http://[::1]:8181/", "/ip6/::1/tcp/8181/ws/p2p/P"],
  ["https://console.example/", "/dns/console.example/tcp/443/tls/ws/p2p/P"],
])("a page at %s joins at %s", (page, address) => {
  expect(consoleAddress(new URL(page), "P")).toBe(address);
});
