import { expect, test } from "vitest";
import { networkOf } from "./network-of.ts";

test("a network is the first three parts of an address", () => {
  expect(networkOf("/ip4/203.0.113.7/tcp/4101/ws")).toBe("203.0.113");
  expect(networkOf("/ip6/::ffff:203.0.113.9/tcp/1")).toBe("203.0.113");
  expect(networkOf("/ip6/2001:db8:1:2::5/tcp/1")).toBe("2001:db8:1");
  expect(networkOf("/ip6/2001:0DB8:0001::5/tcp/1")).toBe("2001:db8:1");
  expect(networkOf("/ip6/2001:db8::5/tcp/1")).toBe("2001:db8:0");
  expect(networkOf("/dns4/example.org/tcp/1")).toBeUndefined();
  expect(networkOf("/ip4/203.0.113.7/tcp/1/p2p/12D3KooW/p2p-circuit")).toBeUndefined();
  expect(networkOf("/ip4/203.0.113.7/tcp/1/p2p/12D3KooW/p2p-circuit/webrtc/p2p/12D3KooX")).toBeUndefined();
});
