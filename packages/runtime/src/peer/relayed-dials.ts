/** A network on which peers behind others are dialled too: a carrier serves members only, so it is joined first. */
import { isRelayed, relayOf } from "./address.ts";
import type { NetworkHost } from "./network.ts";

/** Carriers joined for one dial. */
const CARRIERS_JOINED = 2;

/** `join` connects to whoever is at an address. */
export function withCarriers(host: NetworkHost, join: (address: string) => Promise<unknown>): NetworkHost {
  return {
    addresses: () => host.addresses(),
    dial: async (addresses, signal) => {
      const carriers = new Set(addresses.filter(isRelayed).map(relayOf));
      const joining = Promise.allSettled([...carriers].slice(0, CARRIERS_JOINED).map(join));
      // Meanwhile addresses of its own are tried.
      if (addresses.every(isRelayed)) await joining;
      return await host.dial(addresses, signal);
    },
    ...(host.reserve === undefined ? {} : { reserve: (address) => host.reserve?.(address) ?? Promise.resolve() }),
    lookAround: () => host.lookAround?.(),
    close: () => host.close(),
  };
}
