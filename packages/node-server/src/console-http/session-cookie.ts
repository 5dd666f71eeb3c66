/** The cookie of a browser that logged in: signed, so nothing is kept here and a restart forgets nobody. Pure. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { CONSOLE_SESSION_MS } from "./limits.ts";

/** Cookies don't know ports: the name does, so that two consoles of one machine don't log each other out. */
export const cookieName = (port: number): string => `skein_console_${port}`;

/** A value good until `nowMs` (since 1970) plus {@link CONSOLE_SESSION_MS}. */
export function signSession(key: Uint8Array, nowMs: number): string {
  const text = `${Math.floor((nowMs + CONSOLE_SESSION_MS) / 1000)}.${randomBytes(16).toString("base64url")}`;
  return `${text}.${macOf(key, text)}`;
}

/** Whether we signed `value` and it is still good. */
export function verifySession(key: Uint8Array, value: string | undefined, nowMs: number): boolean {
  const parts = /^((\d{1,12})\.[\w-]{22})\.([\w-]{43})$/.exec(value ?? "");
  if (parts === null) return false;
  const [, text = "", seconds = "", mac = ""] = parts;
  return timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(key, text))) && Number(seconds) * 1000 > nowMs;
}

/** Lax and Strict differ in links from other sites: with Strict those come without it, and see nothing. */
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

const macOf = (key: Uint8Array, text: string): string =>
  createHmac("sha256", key).update(`skein console session\n${text}`).digest("base64url");
