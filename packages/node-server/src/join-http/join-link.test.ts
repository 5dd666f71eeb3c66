import { expect, test } from "vitest";
import { joinHostOf, joinLink, printedHost } from "./join-link.ts";

const LOCAL = ["/ip4/127.0.0.1/tcp/4100/p2p/a", "/ip4/127.0.0.1/tcp/4101/ws/p2p/a"];
const LAN = [...LOCAL, "/ip4/10.0.0.5/tcp/4101/ws/p2p/a"];

test("the join page is served beyond this machine only where its peer is reached from there", () => {
  expect(joinHostOf(LOCAL)).toBe("127.0.0.1");
  expect(joinHostOf([])).toBe("127.0.0.1");
  expect(joinHostOf(LAN)).toBe("0.0.0.0");
});

test("a link names an address that others reach", () => {
  expect(printedHost("0.0.0.0", LAN)).toBe("10.0.0.5");
  expect(printedHost("0.0.0.0", ["/dns4/box.example/tcp/443/wss/p2p/a"])).toBe("box.example");
  expect(printedHost("0.0.0.0", LOCAL)).toBe("127.0.0.1");
  expect(printedHost("::1", LAN)).toBe("[::1]");
  expect(printedHost("join.example", LAN)).toBe("join.example");
  expect(joinLink("http://10.0.0.5:8182/join", "skein:a.b")).toBe("http://10.0.0.5:8182/join#skein:a.b");
});
