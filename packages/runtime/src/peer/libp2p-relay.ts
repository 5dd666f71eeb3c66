/** libp2p's circuit relay: connections that another peer carries, to those that nobody can dial. */
import { circuitRelayTransport, type CircuitRelayTransportComponents } from "@libp2p/circuit-relay-v2";
import {
  type AbortOptions,
  type Listener,
  type PeerData,
  type PeerId,
  serviceDependencies,
  type Transport,
} from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";

export interface Relay {
  /** For libp2p's `transports`. */
  readonly transport: (components: CircuitRelayTransportComponents) => Transport;
  /** Has the peer at this address (it ends in its PeerId, and is connected) carry connections here. */
  readonly reserve: (address: string) => Promise<void>;
}

/** For one host. */
export function libp2pRelay(): Relay {
  const make = circuitRelayTransport();
  const listeners = new Map<string, Listener>();
  let manager: CircuitRelayTransportComponents["transportManager"] | undefined;
  let made: Listener | undefined;
  return {
    transport: (components: CircuitRelayTransportComponents): Transport => {
      manager = components.transportManager;
      const transport = make(withoutTags(components));
      // It wants libp2p's identify to find relays by itself, and would tell strangers about this program: ours are named.
      Object.defineProperty(transport, serviceDependencies, { value: [] });
      const createListener = transport.createListener.bind(transport);
      transport.createListener = (options) => (made = createListener(options));
      return transport;
    },
    reserve: async (relay) => {
      const address = multiaddr(`${relay}/p2p-circuit`);
      const listener = listeners.get(relay);
      // The listener of a connection that ended takes a new one.
      if (listener !== undefined) return await listener.listen(address);
      await manager?.listen([address]);
      if (made !== undefined) listeners.set(relay, made);
    },
  };
}

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
