/** libp2p's circuit relay server: peers that listen carry connections. Members only: the host's gater says who is one. */
import { circuitRelayServer } from "@libp2p/circuit-relay-v2";
import { RELAY_CONNECTION_LIMIT_BYTES, RELAY_CONNECTION_LIMIT_MS, RELAY_RESERVATIONS_LIMIT } from "@skein/runtime/host";

/** As libp2p's `services` take it. */
export const relayServer = (): unknown =>
  circuitRelayServer({
    reservations: {
      maxReservations: RELAY_RESERVATIONS_LIMIT,
      defaultDataLimit: BigInt(RELAY_CONNECTION_LIMIT_BYTES),
      defaultDurationLimit: RELAY_CONNECTION_LIMIT_MS,
    },
  });
