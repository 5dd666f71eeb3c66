/** Where people reach the join page of a machine, as links are printed. Pure. */
import type { Address } from "@skein/runtime";

const HOST = /^\/(ip4|ip6|dns[46]?)\/([^/]+)\//;
const LOOPBACK = /^(?:127\.|::1$|localhost$)/;
const ANY = new Set(["0.0.0.0", "::"]);

/** Where it listens unless it is told: beyond this machine only where its peer does too. */
export function joinHostOf(addresses: readonly Address[]): string {
  return hostsOf(addresses).some((host) => !LOOPBACK.test(host)) ? "0.0.0.0" : "127.0.0.1";
}

/** The name or address to print: where it listens, and for all of the machine's, the first that its peer announces. */
export function printedHost(listensAt: string, addresses: readonly Address[]): string {
  const host = ANY.has(listensAt) ? (hostsOf(addresses).find((one) => !LOOPBACK.test(one)) ?? "127.0.0.1") : listensAt;
  return host.includes(":") ? `[${host}]` : host;
}

/** `http://10.0.0.5:8182/join#skein:…`; what stands behind `#` is not sent to the server. */
export const joinLink = (page: string, invite: string): string => `${page}#${invite}`;

const hostsOf = (addresses: readonly Address[]): readonly string[] =>
  addresses.flatMap((address) => HOST.exec(address)?.[2] ?? []).filter((host) => !ANY.has(host));
