import { isSkeinError } from "@skein/runtime";
import { expect, test } from "vitest";
import { readInvite, readSignedInvite } from "@skein/runtime/network";
import { createBrowserPlatform } from "../platform.ts";
import { inviteFacts as factsOf, type InviteFacts, inviteIn, type PageAddress } from "./invite-facts.ts";

const PEER = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
const HTTP = { protocol: "http:", hostname: "10.0.0.5" };

function invite(addresses: readonly string[], more = {}): string {
  const body = {
    v: 1,
    cluster: "ab".repeat(32),
    id: "i",
    roles: ["tab"],
    uses: 1,
    expiresMs: 100,
    addresses,
    by: PEER,
    ...more,
  };
  return `skein:${btoa(JSON.stringify(body)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}.AAAA`;
}
const WS = invite([`/ip4/10.0.0.5/tcp/4100/p2p/${PEER}`, `/ip4/10.0.0.5/tcp/4101/ws/p2p/${PEER}`], { about: "films" });

const inviteFacts = (text: string, page: PageAddress, nowMs: number): InviteFacts =>
  factsOf(text, page, nowMs, readInvite);

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isSkeinError(error) ? error.code : String(error);
  }
  return "fine";
}

test("an invite says who asks, for what, and where", () => {
  expect(inviteFacts(WS, HTTP, 99)).toMatchObject({
    fingerprint: "abab abab abab abab",
    about: "films",
    id: "i",
    hosts: ["10.0.0.5"],
    roles: ["tab"],
  });
});

test("what can't be joined by is said before anything is tried", () => {
  expect(code(() => inviteFacts("hello", HTTP, 0))).toBe("OPTION_INVALID");
  expect(code(() => inviteFacts(WS, HTTP, 101))).toBe("INVITE_EXPIRED");
  expect(code(() => inviteFacts(invite([], { roles: ["node"] }), HTTP, 0))).toBe("ROLE_FORBIDS");
  expect(code(() => inviteFacts(invite(["/ip4/10.0.0.5/tcp/4100"]), HTTP, 0))).toBe("PEER_UNREACHABLE");
  expect(code(() => inviteFacts(WS, { ...HTTP, protocol: "https:" }, 0))).toBe("PEER_UNREACHABLE");
  const local = invite(["/ip4/127.0.0.1/tcp/4101/ws"]);
  expect(code(() => inviteFacts(local, HTTP, 0))).toBe("PEER_UNREACHABLE");
  expect(code(() => inviteFacts(local, { ...HTTP, hostname: "localhost" }, 0))).toBe("fine");
  const secure = invite(["/dns4/a.example/tcp/443/tls/ws"]);
  expect(code(() => inviteFacts(secure, { ...HTTP, protocol: "https:" }, 0))).toBe("fine");
});

test("what an invite says that its cluster has not signed is not shown", () => {
  const platform = createBrowserPlatform();
  expect(code(() => factsOf(WS, HTTP, 99, (text) => readSignedInvite(platform, text)))).toBe("OPTION_INVALID");
});

test("an invite is found in a link, behind its mark, or alone", () => {
  expect(["http://a.example/join#skein:x.y", "#skein:x.y", " skein:x.y\n", "skein%3Ax.y"].map(inviteIn)).toEqual(
    Array.from({ length: 4 }, () => "skein:x.y"),
  );
});
