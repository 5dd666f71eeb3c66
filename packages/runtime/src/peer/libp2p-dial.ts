/** Dials the addresses of one peer side by side: one that nobody answers must not hold up the others. */
import type { Connection } from "@libp2p/interface";
import type { Address } from "../contracts/endpoint.ts";
import { errorFrom } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { inDialOrder, isDialled, isRelayed, peerOfAddress } from "./address.ts";

/** How long an address is tried before the next one is tried beside it, and before one that another peer carries. */
const STAGGER_MS = 150;
const RELAYED_AFTER_MS = 1000;
/** Addresses dialled for one peer. */
const ADDRESSES_DIALLED = 16;

type Timers = Pick<Platform, "startTimer" | "stopTimer">;
type DialOne = (address: Address, signal: AbortSignal) => Promise<Connection>;

/**
 * The first connection to any of these addresses at which the expected peer is; the others are closed. Those that
 * another peer carries are tried last.
 *
 * @throws AggregateError when none answers
 */
export async function dialFirst(
  addresses: readonly Address[],
  dial: DialOne,
  timers: Timers,
  signal: AbortSignal,
): Promise<Connection> {
  const ordered = inDialOrder(addresses);
  const direct = ordered.filter((address) => !isRelayed(address)).slice(0, ADDRESSES_DIALLED);
  const relayed = ordered.filter(isRelayed).slice(0, ADDRESSES_DIALLED);
  return await new Race([...direct, ...relayed], dial, timers, signal).first;
}

class Race {
  readonly first: Promise<Connection>;
  readonly #waiting: Address[];
  readonly #dial: DialOne;
  readonly #timers: Timers;
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  readonly #errors: Error[] = [];
  #running = 0;
  #made: Connection | undefined;
  #resolve: (connection: Connection) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(addresses: readonly Address[], dial: DialOne, timers: Timers, signal: AbortSignal) {
    this.#waiting = [...addresses];
    this.#dial = dial;
    this.#timers = timers;
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
    this.first = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#next();
  }

  /** Starts the next one; its failure starts the one after it at once, its silence a little later. */
  #next(): void {
    const address = this.#waiting.shift();
    if (address === undefined) {
      if (this.#running === 0) this.#reject(new AggregateError(this.#errors, "no address of the peer answers"));
      return;
    }
    this.#running += 1;
    const [next] = this.#waiting;
    const delayMs = next !== undefined && isRelayed(next) && !isRelayed(address) ? RELAYED_AFTER_MS : STAGGER_MS;
    const timer = this.#timers.startTimer(delayMs, () => {
      if (!this.#over.signal.aborted && this.#waiting.length > 0) this.#next();
    });
    void this.#try(address).finally(() => this.#timers.stopTimer(timer));
  }

  async #try(address: Address): Promise<void> {
    try {
      const connection = await dialExpected(address, this.#dial, this.#signal);
      // libp2p has one dial of all to one PeerId: two addresses may come to one and the same connection.
      this.#made ??= connection;
      if (connection !== this.#made) connection.abort(new Error("another address answered first"));
      this.#over.abort();
      this.#resolve(connection);
    } catch (error) {
      this.#running -= 1;
      this.#errors.push(errorFrom(error));
      if (this.#over.signal.aborted) return;
      if (this.#signal.aborted) this.#waiting.length = 0;
      this.#next();
    }
  }
}

/** libp2p makes one dial of all to one PeerId, which tries one address after the other: it gets each by itself. */
async function dialExpected(address: Address, dial: DialOne, signal: AbortSignal): Promise<Connection> {
  const expected = peerOfAddress(address);
  const bare = !isDialled(address) || expected === undefined ? address : address.slice(0, address.lastIndexOf("/p2p/"));
  const connection = await dial(bare, signal);
  if (expected === undefined || connection.remotePeer.toString() === expected) return connection;
  const error = new Error(`another peer is at ${address}`);
  connection.abort(error);
  throw error;
}
