/** Where the page joins: its own host and port, whose WebSockets the console forwards to the peer. */

/** As a multiaddr of `peer`. */
export function consoleAddress(page: Pick<Location, "hostname" | "port" | "protocol">, peer: string): string {
  const secure = page.protocol === "https:";
  const port = page.port === "" ? (secure ? "443" : "80") : page.port;
  return `${hostOf(page.hostname)}/tcp/${port}${secure ? "/tls" : ""}/ws/p2p/${peer}`;
}

function hostOf(hostname: string): string {
  if (hostname.startsWith("[")) return `/ip6/${hostname.slice(1, -1)}`;
  return /^\d+(?:\.\d+){3}$/.test(hostname) ? `/ip4/${hostname}` : `/dns/${hostname}`;
}
