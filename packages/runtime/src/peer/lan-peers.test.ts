import fc from "fast-check";
import { expect, test } from "vitest";
import { LAN_PEERS_LIMIT, LAN_PEER_FOR_MS, SEED_LINKS } from "../defaults.ts";
import type { PeerId } from "../ids.ts";
import { createLanPeers, decideLanPeers, type LanPeersEvent } from "./lan-peers.ts";
import { rounds } from "../../test/rounds.ts";

// Ids of tests need not be keys: they are compared only.
const id = (name: string): PeerId => name as PeerId;

/** A peer on a network on which some others are there, and some are only said to be. */
class Peer {
  readonly kept = new Set<string>();
  readonly connected = new Set<string>();
  nowMs = 0;
  others = 0;
  readonly #state;
  readonly #there: ReadonlySet<string>;

  constructor(self: string, there: Iterable<string>) {
    this.#state = createLanPeers(id(self));
    this.#there = new Set(there);
  }
  find(...names: readonly string[]): void {
    for (const name of names) {
      this.#decide({ type: "found", location: { peer: id(name), addresses: [`/memory/${name}`] } });
    }
  }
  /** Dials end, until nothing changes any more. */
  settle(): void {
    for (let rounds = 0; rounds < 50; rounds += 1) {
      this.nowMs += 1000;
      // What fails is let go, and may be tried again later.
      for (const name of Array.from(this.kept)) {
        if (this.connected.has(name)) continue;
        if (this.#there.has(name)) this.connected.add(name);
        else {
          this.kept.delete(name);
          this.#decide({ type: "failed", peer: id(name) });
        }
      }
      // Sessions that nobody keeps end.
      for (const name of this.connected) if (!this.kept.has(name)) this.connected.delete(name);
      this.tick();
    }
  }
  tick(): void {
    this.#decide({ type: "tick" });
  }
  get knows(): number {
    return this.#state.found.size;
  }
  #decide(event: LanPeersEvent): void {
    const { nowMs, others } = this;
    const isConnected = (peer: PeerId): boolean => this.connected.has(peer);
    for (const action of decideLanPeers(this.#state, event, { nowMs, others, isConnected })) {
      if (action.type === "keep") this.kept.add(action.location.peer);
      else this.kept.delete(action.peer);
    }
  }
}

const links = (peer: Peer): string[] => [...peer.connected].toSorted();

test("of the peers found those with the lowest ids are kept; a lower one takes the place of a higher one", () => {
  const peer = new Peer("m", ["a", "x", "y", "z"]);
  peer.find("z", "y", "x", "m");
  peer.settle();
  expect(links(peer)).toEqual(["x", "y", "z"]);
  peer.find("a");
  expect(links(peer)).toEqual(["x", "y", "z"]);
  peer.settle();
  expect(links(peer)).toEqual(["a", "x", "y"]);
});

test("whoever is only said to be there pushes nobody out, however many they are", () => {
  const peer = new Peer("m", ["x", "y", "z"]);
  peer.find("x", "y", "z");
  peer.settle();
  const made = Array.from({ length: 100 }, (_, n) => `0${String(n).padStart(4, "0")}`);
  for (const name of made) peer.find(name);
  peer.settle();
  expect(links(peer)).toEqual(["x", "y", "z"]);
});

test("a newcomer finds those that are there among many that are not", () => {
  const peer = new Peer("m", ["x", "y", "z"]);
  peer.find(...Array.from({ length: 100 }, (_, n) => `0${String(n).padStart(4, "0")}`), "z", "y", "x");
  peer.settle();
  expect(links(peer)).toEqual(["x", "y", "z"]);
});

test("one that has not answered for long is forgotten, unless it is connected; so are those past the limit", () => {
  const peer = new Peer("m", ["b"]);
  peer.find("a", "b");
  peer.settle();
  peer.nowMs += LAN_PEER_FOR_MS;
  peer.tick();
  expect([peer.knows, links(peer)]).toEqual([1, ["b"]]);
  peer.find(...Array.from({ length: LAN_PEERS_LIMIT + 50 }, (_, n) => `z${n}`));
  expect(peer.knows).toBe(LAN_PEERS_LIMIT);
  expect(links(peer)).toEqual(["b"]);
});

test("whoever has other peers to be found by keeps one of the local network all the same", () => {
  const peer = new Peer("m", ["a", "b", "c"]);
  peer.others = 5;
  peer.find("c", "b", "a");
  peer.settle();
  expect(links(peer)).toEqual(["a"]);
});

test("when all have found each other they are one group, and none keeps many", () => {
  const name = fc.stringMatching(/^[a-z]{3}$/);
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { minLength: 2, maxLength: 20 }),
      fc.array(name, { maxLength: 20 }),
      (names, made) => {
        const peers = new Map(names.map((self) => [self, new Peer(self, names)]));
        for (const peer of peers.values()) {
          peer.find(...made, ...names);
          peer.settle();
          expect(peer.connected.size).toBe(Math.min(SEED_LINKS, names.length - 1));
        }
        const reached = new Set([names.toSorted()[0]]);
        for (const one of reached) {
          for (const [self, { connected }] of peers) if (one !== undefined && connected.has(one)) reached.add(self);
        }
        expect(reached.size).toBe(names.length);
      },
    ),
    { numRuns: rounds(50) },
  );
});
