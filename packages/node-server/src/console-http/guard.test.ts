import { expect, test } from "vitest";
import { guardOrigin, guardUpgrade, isLoopback } from "./guard.ts";

const settings = { scheme: "http", hosts: ["console.lan"] } as const;

test("a page of the console and a typed address pass", () => {
  expect(guardOrigin({ host: "127.0.0.1:8181" }, settings)).toBeUndefined();
  expect(
    guardOrigin({ host: "localhost:8181", origin: "http://localhost:8181", "sec-fetch-site": "same-origin" }, settings),
  ).toBeUndefined();
  expect(guardOrigin({ host: "[::1]:8181", "sec-fetch-site": "none" }, settings)).toBeUndefined();
  expect(guardOrigin({ host: "CONSOLE.lan" }, settings)).toBeUndefined();
});

test("a port forwarded by ssh -L passes, whatever its number", () => {
  expect(guardOrigin({ host: "127.0.0.1:9000", origin: "http://127.0.0.1:9000" }, settings)).toBeUndefined();
});

test.each([
  ["another name that leads here (DNS rebinding)", "evil.example:8181"],
  ["a name that begins with ours", "127.0.0.1.evil.example:8181"],
  ["a name with credentials", "127.0.0.1@evil.example:8181"],
  ["an address written in another way", "2130706433:8181"],
  ["a path in the name", "127.0.0.1/../evil.example"],
  ["nothing", ""],
])("a host that is %s is refused", (_, host) => {
  expect(guardOrigin({ host }, settings)).toEqual({ status: 403, reason: "host" });
});

test("a request without a host is refused", () => {
  expect(guardOrigin({}, settings)).toEqual({ status: 403, reason: "host" });
});

test.each([
  "http://evil.example",
  "http://127.0.0.1:9999",
  "https://127.0.0.1:8181",
  "http://localhost:8181",
  "null",
  "",
])("origin %j is not the console's", (origin) => {
  expect(guardOrigin({ host: "127.0.0.1:8181", origin }, settings)).toEqual({ status: 403, reason: "origin" });
});

test.each(["cross-site", "same-site", "anything"])("a request that the browser calls %s is refused", (site) => {
  expect(guardOrigin({ host: "127.0.0.1:8181", "sec-fetch-site": site }, settings)).toEqual({
    status: 403,
    reason: "site",
  });
});

test("an upgrade says its origin", () => {
  expect(guardUpgrade({})).toEqual({ status: 403, reason: "origin" });
  expect(guardUpgrade({ origin: "http://127.0.0.1:8181" })).toBeUndefined();
});

test("loopback is this machine and nothing that only looks like it", () => {
  expect(["127.0.0.1", "127.8.0.1", "localhost", "::1"].every(isLoopback)).toBe(true);
  expect(["0.0.0.0", "::", "127.0.0.1.example", "192.168.1.4", "localhost.example"].some(isLoopback)).toBe(false);
});
