/** A network of simulated places: peers dial, talk and lose each other as the world says. */
import type { Address } from "../../contracts/endpoint.ts";
import type { PeerId } from "../../ids.ts";
import { peerIdOf } from "../../peer/identity.ts";
import type { LimitedLink, NetworkConnection, NetworkHost, NetworkHostOptions } from "../../peer/network.ts";
import type { Kernel } from "./kernel.ts";
import { Path, type SimulatedNetwork } from "./network-model.ts";
import { type ConnectionHost, SimConnection } from "./sim-connection.ts";
import type { SimProcess } from "./sim-process.ts";
import { Wire } from "./wire.ts";

/** Longest time until what was held up by a partition is tried again. */
const RETRY_MOST_MS = 1000;
const BREAK_AFTER_MS = 20_000;
/** Until an end notices by itself what happened to its connection. */
const SOON_MS = 10;

/** A connection, from both its ends. */
interface Pair {
  readonly ends: readonly [SimConnection, SimConnection];
  readonly places: readonly [string, string];
}

export class SimNetwork {
  readonly #kernel: Kernel;
  readonly #model: SimulatedNetwork;
  readonly #random: () => number;
  readonly #paths = new Map<string, Path>();
  readonly #hosts = new Map<string, SimHost>();
  readonly #pairs = new Set<Pair>();
  /** Places without power: they don't even say that nobody is there. */
  readonly #dark = new Set<string>();

  constructor(kernel: Kernel, model: SimulatedNetwork, random: () => number) {
    this.#kernel = kernel;
    this.#model = model;
    this.#random = random;
  }

  /** For `createPeer`: the network as a process at `place` has it. */
  at(place: string, process: SimProcess): (options: NetworkHostOptions) => Promise<NetworkHost> {
    return (options) => {
      const host = new SimHost(this, place, process, options);
      for (const address of options.listen) this.#hosts.set(address, host);
      return Promise.resolve(host);
    };
  }

  /** The direction from one place to another. */
  path(from: string, to: string): Path {
    const key = `${from}>${to}`;
    let path = this.#paths.get(key);
    if (path === undefined) {
      path = new Path(this.#model, this.#random);
      this.#paths.set(key, path);
    }
    return path;
  }

  /** A wire from a process at one place to one at another. */
  wire(from: SimProcess, to: SimProcess, fromPlace: string, toPlace: string): Wire {
    const path = this.path(fromPlace, toPlace);
    return new Wire(this.#kernel, from, to, { blocked: () => path.blocked, latencyMs: () => path.nextMs() });
  }

  setBlocked(from: string, to: string, blocked: boolean): void {
    const path = this.path(from, to);
    if (path.blocked === blocked) return;
    path.blocked = blocked;
    for (const pair of this.#pairs) {
      if (!pair.places.includes(from) || !pair.places.includes(to)) continue;
      if (blocked) this.#expectBreak(pair);
      else for (const end of pair.ends) end.out.unblocked(this.#random() * RETRY_MOST_MS);
    }
  }

  /**
   * Breaks what is between two places; with `one`, only the end there notices by itself. What is on its way gets lost,
   * or arrives at an end that has not noticed yet.
   */
  cut(a: string, b: string, one?: string): void {
    for (const pair of this.#pairs) {
      if (!pair.places.includes(a) || !pair.places.includes(b)) continue;
      const loses = this.#random() < 0.5;
      const first = one ?? pair.places[this.#random() < 0.5 ? 0 : 1];
      for (const [index, end] of pair.ends.entries()) {
        if (loses) end.out.cut();
        else end.out.end(this.#random() * RETRY_MOST_MS);
        if (pair.places[index] === first) this.#breakSoon(end, "the connection was reset");
        else if (one === undefined) this.#breakWithin(end, this.#random() * RETRY_MOST_MS, "the connection was reset");
        else this.#breakLater(end);
      }
    }
  }

  /** Everything at `place` has ended. `dark`: nobody is there to say so. */
  gone(place: string, dark: boolean, cuts = true): void {
    if (dark) this.#dark.add(place);
    for (const [address, host] of this.#hosts) if (host.place === place) this.#hosts.delete(address);
    for (const pair of this.#pairs) {
      if (!pair.places.includes(place)) continue;
      for (const [index, end] of pair.ends.entries()) {
        if (pair.places[index] === place) {
          if (cuts) end.out.cut();
        } else if (dark) this.#breakLater(end);
        else this.#breakSoon(end, "the other side is gone");
      }
    }
  }

  /** What ran at `place` is gone in the middle of its last words. `dark`: nobody is there to say so. */
  left(place: string, heardShare: number, dark: boolean): void {
    for (const { ends, places } of this.#pairs) {
      for (const [index, end] of ends.entries()) if (places[index] === place) end.out.endAfter(heardShare);
    }
    this.gone(place, dark, false);
  }

  /** Something runs at `place` again: who still has a connection to what was there before learns that it is gone. */
  back(place: string): void {
    this.#dark.delete(place);
    for (const pair of this.#pairs) {
      pair.ends.forEach((end, index) => {
        if (pair.places[index] !== place && pair.places.includes(place) && end.out.to.dead) {
          this.#breakSoon(end, "the other side began anew");
        }
      });
    }
  }

  /** For hosts: opens a connection. */
  dial(from: SimHost, addresses: readonly Address[], signal: AbortSignal): Promise<NetworkConnection> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      const refuse = (why: string): void => {
        signal.removeEventListener("abort", onAbort);
        reject(new Error(`${why} at ${addresses.join(", ")}`));
      };
      const target = this.#find(addresses);
      if (target === undefined) {
        if (addresses.some((address) => this.#dark.has(placeOf(address)))) return;
        const back = this.path(from.place, from.place).nextMs();
        this.#kernel.at(from.process, back, "refused", () => refuse("nobody listens"));
        return;
      }
      if (target.host.peer === from.peer) return refuse("this is the peer itself");
      this.#shakeHands(from, target.host, target.address, (connection) => {
        signal.removeEventListener("abort", onAbort);
        if (signal.aborted) connection.close();
        else resolve(connection);
      });
    });
  }

  forget(connection: SimConnection): void {
    for (const pair of this.#pairs) {
      if (pair.ends.includes(connection) && pair.ends.every((end) => !end.isOpen || end.out.from.dead)) {
        this.#pairs.delete(pair);
      }
    }
  }

  leave(host: SimHost): void {
    for (const [address, one] of this.#hosts) if (one === host) this.#hosts.delete(address);
  }

  #find(addresses: readonly Address[]): { readonly host: SimHost; readonly address: string } | undefined {
    for (const address of addresses) {
      const [place = "", expected] = address.split("/p2p/");
      const host = this.#hosts.get(place);
      if (host !== undefined && (expected === undefined || host.peer === expected)) return { host, address };
    }
    return undefined;
  }

  #shakeHands(from: SimHost, to: SimHost, address: string, opened: (connection: SimConnection) => void): void {
    const away = this.wire(from.process, to.process, from.place, to.place);
    const back = this.wire(to.process, from.process, to.place, from.place);
    const { transports = ["memory"] } = this.#model;
    const transport = transports[Math.floor(this.#random() * transports.length)] ?? "memory";
    const near = { remote: to.peer, address, transport, dialled: true, host: from, out: away };
    const far = {
      remote: from.peer,
      address: `/memory/from-${from.peer}`,
      transport,
      dialled: false,
      host: to,
      out: back,
    };
    const [here, there] = [new SimConnection(near), new SimConnection(far)];
    here.join(there);
    this.#pairs.add({ ends: [here, there], places: [from.place, to.place] });
    // A hello each way, then the connection is open at the far end, and after one more at the near one.
    away.send("hello", () =>
      back.send("hello", () =>
        away.send("connect", () => {
          to.accepted(there);
          back.send("accept", () => opened(from.opened(here)));
        }),
      ),
    );
  }

  #expectBreak(pair: Pair): void {
    for (const [index, end] of pair.ends.entries()) {
      const other = pair.places[1 - index] ?? "";
      const own = pair.places[index] ?? "";
      this.#breakLater(end, () => this.path(own, other).blocked || this.path(other, own).blocked);
    }
  }

  #breakLater(end: SimConnection, still: () => boolean = () => true): void {
    const { breakAfterMs = BREAK_AFTER_MS } = this.#model;
    const afterMs = breakAfterMs * (0.75 + this.#random() / 2);
    this.#kernel.at(end.out.from, afterMs, "no answer", () => {
      if (still()) end.broken("nothing was acknowledged for too long");
    });
  }

  #breakSoon(end: SimConnection, why: string): void {
    this.#breakWithin(end, this.#random() * SOON_MS, why);
  }

  #breakWithin(end: SimConnection, afterMs: number, why: string): void {
    this.#kernel.at(end.out.from, afterMs, "reset", () => end.broken(why));
  }
}

/** The network as one peer has it. */
class SimHost implements NetworkHost, ConnectionHost {
  readonly peer: PeerId;
  readonly place: string;
  readonly process: SimProcess;
  readonly #network: SimNetwork;
  readonly #options: NetworkHostOptions;
  readonly #connections = new Set<SimConnection>();
  #closed = false;

  constructor(network: SimNetwork, place: string, process: SimProcess, options: NetworkHostOptions) {
    this.#network = network;
    this.place = place;
    this.process = process;
    this.#options = options;
    this.peer = peerIdOf(options.keys.publicKey);
  }

  addresses(): readonly Address[] {
    return this.#options.listen.map((address) => `${address}/p2p/${this.peer}`);
  }

  dial(addresses: readonly Address[], signal: AbortSignal): Promise<NetworkConnection> {
    if (this.#closed) return Promise.reject(new Error("this peer is closed"));
    return this.#network.dial(this, addresses, signal);
  }

  accepted(connection: SimConnection): void {
    if (this.#closed) return connection.close();
    this.#connections.add(connection);
    this.#options.handlers.connected(connection);
  }

  opened(connection: SimConnection): SimConnection {
    this.#connections.add(connection);
    if (this.#closed) connection.close();
    return connection;
  }

  linked(connection: SimConnection, protocol: string, link: LimitedLink): void {
    this.#options.handlers.linked(connection, protocol, link);
  }

  ended(connection: SimConnection): void {
    this.#connections.delete(connection);
    this.#network.forget(connection);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#network.leave(this);
    for (const connection of this.#connections) connection.close();
    return Promise.resolve();
  }
}

const placeOf = (address: Address): string => /^\/memory\/([^/]+)/.exec(address)?.[1] ?? address;
