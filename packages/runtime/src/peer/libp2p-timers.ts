/** A timer that libp2p leaves behind: without this, each program would live a second longer than its peer. */

/** What libp2p 3.3 holds; another version's is left as it is. */
interface Timed {
  readonly components: {
    readonly addressManager: {
      /** Called again and again while its addresses change; acts a second after the last time. */
      readonly _updatePeerStoreAddresses: { stop(): void };
    };
  };
}

/** Drops what a stopped libp2p would do later with the addresses it no longer has. */
export function dropLateUpdates(stopped: object): void {
  if (isTimed(stopped)) stopped.components.addressManager._updatePeerStoreAddresses.stop();
}

function isTimed(value: object): value is Timed {
  const update = inside(inside(inside(value, "components"), "addressManager"), "_updatePeerStoreAddresses");
  return typeof inside(update, "stop") === "function";
}

function inside(value: unknown, key: string): unknown {
  const holds = (typeof value === "object" && value !== null) || typeof value === "function";
  return holds ? Reflect.get(value, key) : undefined;
}
