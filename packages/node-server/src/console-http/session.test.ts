import { expect, test } from "vitest";
import { CONSOLE_SESSION_MS, LOGIN_LINK_MS, LOGIN_LINKS_LIMIT } from "./limits.ts";
import { LoginLinks } from "./login-links.ts";
import { cookieOf, isPageKey, newSessionId, pageKey, setCookie, signSession, verifySession } from "./session-cookie.ts";

const KEY = new Uint8Array(32).fill(7);
const NOW_MS = 1_700_000_000_000;

test("a session is good until it is a week old", () => {
  const session = newSessionId();
  const value = signSession(KEY, session, NOW_MS);
  expect(verifySession(KEY, value, NOW_MS)).toBe(session);
  expect(verifySession(KEY, value, NOW_MS + CONSOLE_SESSION_MS - 1000)).toBe(session);
  expect(verifySession(KEY, value, NOW_MS + CONSOLE_SESSION_MS)).toBeUndefined();
});

test("a session signed with another key, changed, or missing is none", () => {
  const value = signSession(KEY, newSessionId(), NOW_MS);
  expect(verifySession(new Uint8Array(32), value, NOW_MS)).toBeUndefined();
  expect(verifySession(KEY, value.replace(/^\d+/, "9999999999"), NOW_MS)).toBeUndefined();
  expect(verifySession(KEY, `${value}x`, NOW_MS)).toBeUndefined();
  expect(verifySession(KEY, "", NOW_MS)).toBeUndefined();
  expect(verifySession(KEY, undefined, NOW_MS)).toBeUndefined();
});

test("the page's key belongs to one session, and is not what signs its cookie", () => {
  const session = newSessionId();
  expect(isPageKey(KEY, session, pageKey(KEY, session))).toBe(true);
  expect(isPageKey(KEY, newSessionId(), pageKey(KEY, session))).toBe(false);
  expect(isPageKey(KEY, session, signSession(KEY, session, NOW_MS).split(".")[2])).toBe(false);
  expect(isPageKey(KEY, session, undefined)).toBe(false);
});

test("the cookie is kept from scripts and other sites", () => {
  expect(setCookie("skein_console_8181", "v", false)).toBe(
    "skein_console_8181=v; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict",
  );
  expect(setCookie("skein_console_8181", "v", true)).toMatch(/; Secure$/);
});

test("a cookie is found among others by its whole name", () => {
  expect(cookieOf("a=1; skein_console_8181=abc.d; b=2", "skein_console_8181")).toBe("abc.d");
  expect(cookieOf("xskein_console_8181=1; skein_console_81811=2", "skein_console_8181")).toBeUndefined();
  expect(cookieOf(undefined, "skein_console_8181")).toBeUndefined();
});

test("a login link opens one session", () => {
  const links = new LoginLinks();
  const token = links.make(NOW_MS);
  expect(links.redeem(token, NOW_MS + 1)).toBe(true);
  expect(links.redeem(token, NOW_MS + 2)).toBe(false);
  expect(links.redeem("", NOW_MS)).toBe(false);
});

test("a login link is good for ten minutes", () => {
  const links = new LoginLinks();
  const token = links.make(NOW_MS);
  expect(links.redeem(token, NOW_MS + LOGIN_LINK_MS)).toBe(false);
});

test("of too many unused links the oldest goes", () => {
  const links = new LoginLinks();
  const tokens = Array.from({ length: LOGIN_LINKS_LIMIT + 1 }, () => links.make(NOW_MS));
  expect(links.redeem(tokens[0] ?? "", NOW_MS)).toBe(false);
  expect(links.redeem(tokens[1] ?? "", NOW_MS)).toBe(true);
});
