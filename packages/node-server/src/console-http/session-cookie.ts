/**
 * A browser that logged in: a signed cookie, and a key that the page keeps. Nothing is kept here, so a restart forgets
 * nobody. Cookies don't know ports, and another program's page on this machine gets ours; the page's key is kept by
 * origin, which is with port. So pages are shown for the cookie, and the way into the cluster needs both. Pure.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { CONSOLE_SESSION_MS } from "./limits.ts";

/** Two consoles of one machine don't log each other out. */
export const cookieName = (port: number): string => `skein_console_${port}`;

/** What identifies a browser's session. */
export type SessionId = string & { readonly __brand: "SessionId" };

// 22 characters of base64url, the form verifySession accepts.
export const newSessionId = (): SessionId => randomBytes(16).toString("base64url") as SessionId;

/** A cookie's value, good until `nowMs` (since 1970) plus {@link CONSOLE_SESSION_MS}. */
export function signSession(key: Uint8Array, session: SessionId, nowMs: number): string {
  const text = `${Math.floor((nowMs + CONSOLE_SESSION_MS) / 1000)}.${session}`;
  return `${text}.${macOf(key, "session", text)}`;
}

/** The session of a cookie's value, when we signed it and it is still good. */
export function verifySession(key: Uint8Array, value: string | undefined, nowMs: number): SessionId | undefined {
  const parts = /^((\d{1,12})\.([\w-]{22}))\.([\w-]{43})$/.exec(value ?? "");
  if (parts === null) return undefined;
  const [, text = "", seconds = "", session = "", mac = ""] = parts;
  const good = sameText(mac, macOf(key, "session", text)) && Number(seconds) * 1000 > nowMs;
  // The pattern is that of newSessionId.
  return good ? (session as SessionId) : undefined;
}

/** What the page of that session shows besides its cookie. */
export const pageKey = (key: Uint8Array, session: SessionId): string => macOf(key, "page", session);

/** Whether `given` is the session's page key. */
export function isPageKey(key: Uint8Array, session: SessionId, given: string | readonly string[] | undefined): boolean {
  return typeof given === "string" && sameText(given, pageKey(key, session));
}

/** With Strict, links from other sites come without it, and show nothing. */
export function setCookie(name: string, value: string, secure: boolean): string {
  const age = Math.floor(CONSOLE_SESSION_MS / 1000);
  return `${name}=${value}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
}

/** The first cookie of that name in a `Cookie` header. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? "").split(";")) {
    const [key, value] = pair.trim().split("=", 2);
    if (key === name) return value;
  }
  return undefined;
}

const macOf = (key: Uint8Array, use: "session" | "page", text: string): string =>
  createHmac("sha256", key).update(`skein console ${use}\n${text}`).digest("base64url");

/** Takes the same time wherever they differ. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
