/** Which peers are in one network, by the addresses of their connections. Pure. */
import { isDialled } from "./address.ts";

/**
 * The network of an address, in which one person may have many tabs: the /24 of an IPv4 address, the /48 of an IPv6 one.
 * `undefined` for what has no IP address, or only another peer's.
 *
 * @example
 * networkOf("/ip4/203.0.113.7/tcp/4101/ws"); // "203.0.113"
 */
export function networkOf(address: string): string | undefined {
  // The address of who carries it says nothing of where it is.
  if (!isDialled(address)) return undefined;
  const [, kind, ip = ""] = address.split("/");
  // In tests each peer is somewhere else.
  if (kind === "memory") return address;
  if (kind === "ip4") return ip.split(".").slice(0, 3).join(".");
  if (kind !== "ip6") return undefined;
  const mapped = /^::ffff:(\d+\.\d+\.\d+)\.\d+$/i.exec(ip);
  if (mapped !== null) return mapped[1];
  const [head = "", tail] = ip.toLowerCase().split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  if (tail !== undefined) while (groups.length + after.length < 8) groups.push("0");
  return [...groups, ...after]
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
