/** libp2p's circuit relay: connections that another peer carries, to those that nobody can dial. Loaded on demand. */
import { circuitRelayTransport, type CircuitRelayTransportComponents } from "@libp2p/circuit-relay-v2";
import type { AbortOptions, PeerData, PeerId, Transport } from "@libp2p/interface";

/** Not started yet. */
export const carriedTransport = (components: CircuitRelayTransportComponents): Transport =>
  circuitRelayTransport()(withoutTags(components));

/**
 * libp2p dials tagged peers again by itself, and the relay would hear from somebody who doesn't join. Reconnecting is
 * ours.
 */
function withoutTags(components: CircuitRelayTransportComponents): CircuitRelayTransportComponents {
  const { peerStore } = components;
  const untagged = new Proxy(peerStore, {
    get: (store, key): unknown => {
      if (key === "merge") {
        return (id: PeerId, data: PeerData, options?: AbortOptions) => store.merge(id, { ...data, tags: {} }, options);
      }
      const value: unknown = Reflect.get(store, key);
      return typeof value === "function" ? value.bind(store) : value;
    },
  });
  return new Proxy(components, {
    get: (target, key): unknown => (key === "peerStore" ? untagged : Reflect.get(target, key)),
  });
}
