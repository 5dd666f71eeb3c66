/** libp2p's mDNS for the peers of one cluster: finds those on the same network, and tells of each answer. */
import { mdns, type MulticastDNSComponents } from "@libp2p/mdns";
import type { PeerDiscovery } from "@libp2p/interface";
import type { LanDiscovery, LanDiscoveryOptions } from "@skein/runtime";

/** Between two questions: everybody answers each, so a network of 200 peers sees 1,300 answers a second at 30 s. */
const INTERVAL_MS = 60_000;
/** Questions besides the one at the start: a datagram may be lost, and others start at the same time. */
const FIRST_ASKS_MS: readonly number[] = [300, 1000, 3000];

/** A factory as libp2p's `peerDiscovery` takes it, and a way to ask at once. */
export function lanDiscovery({ tag, answer, found }: LanDiscoveryOptions): LanDiscovery {
  const serviceTag = `${tag}._udp.local`;
  const make = mdns({ serviceTag, interval: INTERVAL_MS, broadcast: answer });
  let running: PeerDiscovery | undefined;
  const ask = (): void => {
    // It is `undefined` before the start and after the end.
    if (running !== undefined && "mdns" in running) query(running.mdns, serviceTag);
  };
  const timers = FIRST_ASKS_MS.map((delayMs) => setTimeout(ask, delayMs).unref());
  return {
    factory: (components: MulticastDNSComponents) => {
      const discovery = make(components);
      running = discovery;
      discovery.addEventListener("peer", ({ detail: { id, multiaddrs } }) => {
        found(id.toString(), multiaddrs.map(String));
      });
      return discovery;
    },
    ask,
    close: () => {
      for (const timer of timers) clearTimeout(timer);
      running = undefined;
    },
  };
}

/** As @libp2p/mdns asks; one of another version that doesn't show its socket asks by its interval only. */
function query(socket: unknown, name: string): void {
  if (typeof socket !== "object" || socket === null || !("query" in socket)) return;
  if (typeof socket.query === "function") socket.query({ questions: [{ name, type: "PTR" }] });
}
