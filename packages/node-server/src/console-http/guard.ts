/** Decides whether a request may come near the console at all. Pure; every method and every upgrade passes here first. */
import type { IncomingHttpHeaders } from "node:http";

/** Why a request is refused, and with which status. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405;
  readonly reason: "host" | "origin" | "site" | "method" | "session" | "key" | "path";
}

export interface GuardSettings {
  readonly scheme: "http" | "https";
  /** Names and addresses this console answers to, besides loopback's. */
  readonly hosts: readonly string[];
}

/** Loopback by literal name: DNS can't point another site's name here, so the port does not matter (`ssh -L`). */
const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Host is one of ours, Origin is absent or exactly that host, and the browser doesn't say that another site asked.
 * Never looks at User-Agent: pages can set it.
 */
export function guardOrigin(headers: IncomingHttpHeaders, settings: GuardSettings): Refusal | undefined {
  const own = originOf(`${settings.scheme}://${headers.host ?? ""}`);
  if (headers.host === undefined || own === undefined) return { status: 403, reason: "host" };
  if (own.host !== withoutDefaultPort(headers.host.toLowerCase(), settings.scheme))
    return { status: 403, reason: "host" };
  if (!LOOPBACK.has(own.hostname) && !settings.hosts.includes(own.hostname)) return { status: 403, reason: "host" };
  if (headers.origin !== undefined && originOf(headers.origin)?.origin !== own.origin) {
    return { status: 403, reason: "origin" };
  }
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return { status: 403, reason: "site" };
  return undefined;
}

/** An upgrade comes from a page, so it says its origin; browsers always do for WebSockets. */
export function guardUpgrade(headers: IncomingHttpHeaders): Refusal | undefined {
  return headers.origin === undefined ? { status: 403, reason: "origin" } : undefined;
}

/** Whether `host` is this machine only: without TLS the console is served nowhere else. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Parsed as browsers do, so that what is compared is what they would have reached. */
function originOf(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || url.hostname === "" || url.username !== "" || url.password !== "") return undefined;
  return url.pathname === "/" && url.search === "" && url.hash === "" ? url : undefined;
}

function withoutDefaultPort(host: string, scheme: "http" | "https"): string {
  const port = scheme === "http" ? ":80" : ":443";
  return host.endsWith(port) ? host.slice(0, -port.length) : host;
}
