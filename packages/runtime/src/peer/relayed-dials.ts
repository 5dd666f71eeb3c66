/** A network on which peers behind others are dialled too: a carrier serves members only, so it is joined first. */
import type { Address } from "../contracts/endpoint.ts";
import type { Platform, TimerHandle } from "../platform.ts";
import { isRelayed, relayOf } from "./address.ts";
import type { NetworkConnection, NetworkHost } from "./network.ts";

/** Carriers joined for one dial. */
const CARRIERS_JOINED = 2;
/** How long addresses of its own are tried before a carrier is asked. */
const CARRIED_AFTER_MS = 1000;

type Timers = Pick<Platform, "startTimer" | "stopTimer">;
type Dial = (signal: AbortSignal) => Promise<NetworkConnection>;

/** `join` connects to whoever is at an address. */
export function withCarriers(
  host: NetworkHost,
  timers: Timers,
  join: (address: Address) => Promise<unknown>,
): NetworkHost {
  return {
    addresses: () => host.addresses(),
    dial: async (addresses, signal) => {
      const carried = addresses.filter(isRelayed);
      const own = addresses.filter((address) => !isRelayed(address));
      if (carried.length === 0) return await host.dial(own, signal);
      const carriers = [...new Set(carried.map(relayOf))].slice(0, CARRIERS_JOINED);
      const joined = Promise.allSettled(carriers.map(join));
      const byCarrier: Dial = async (until) => {
        await joined;
        return await host.dial(carried, until);
      };
      if (own.length === 0) return await byCarrier(signal);
      return await firstOf((until) => host.dial(own, until), byCarrier, timers, signal);
    },
    reserve: async (address) => await host.reserve?.(address),
    lookAround: () => host.lookAround?.(),
    close: () => host.close(),
  };
}

/** The first way gets some time alone; the second one begins when that is over, or the first has failed. */
async function firstOf(one: Dial, other: Dial, timers: Timers, signal: AbortSignal): Promise<NetworkConnection> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const begin = Promise.withResolvers<void>();
  const timer: TimerHandle = timers.startTimer(CARRIED_AFTER_MS, begin.resolve);
  const first = one(until);
  first.catch(begin.resolve);
  const second = begin.promise.then(async () => await other(until));
  try {
    const connection = await Promise.any([first, second]);
    for (const late of [first, second]) void closeLate(late, connection);
    return connection;
  } finally {
    timers.stopTimer(timer);
    over.abort();
  }
}

async function closeLate(dial: Promise<NetworkConnection>, chosen: NetworkConnection): Promise<void> {
  try {
    const connection = await dial;
    if (connection !== chosen) connection.close();
  } catch {
    // It came to nothing.
  }
}
