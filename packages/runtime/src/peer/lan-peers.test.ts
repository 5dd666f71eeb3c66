import fc from "fast-check";
import { expect, test } from "vitest";
import { LAN_PEER_FOR_MS, SEED_LINKS } from "../defaults.ts";
import type { PeerId } from "../ids.ts";
import { createLanPeers, decideLanPeers, type LanPeersNow } from "./lan-peers.ts";

// Ids of tests need not be keys: they are compared only.
const id = (name: string): PeerId => name as PeerId;
const at = (name: string): { readonly peer: PeerId; readonly addresses: readonly string[] } => ({
  peer: id(name),
  addresses: [`/memory/${name}`],
});
const now = (change: Partial<LanPeersNow> = {}): LanPeersNow => ({
  nowMs: 0,
  isConnected: () => false,
  others: 0,
  ...change,
});

test("of the peers found those with the lowest ids are kept, and others let go for them", () => {
  const state = createLanPeers(id("m"));
  const found = (name: string): string[] =>
    decideLanPeers(state, { type: "found", location: at(name) }, now()).map((action) =>
      action.type === "keep" ? `keep ${action.location.peer}` : `release ${action.peer}`,
    );
  expect([found("z"), found("y"), found("x"), found("m")].flat()).toEqual(["keep z", "keep y", "keep x"]);
  expect(found("a").toSorted()).toEqual(["keep a", "release z"]);
  expect(found("a")).toEqual([]);
});

test("one that has not answered for long is forgotten, unless it is connected", () => {
  const state = createLanPeers(id("m"));
  for (const name of ["a", "b"]) decideLanPeers(state, { type: "found", location: at(name) }, now());
  const late = now({ nowMs: LAN_PEER_FOR_MS, isConnected: (peer) => peer === "b" });
  expect(decideLanPeers(state, { type: "tick" }, late)).toEqual([{ type: "release", peer: "a" }]);
});

test("whoever has other peers to be found by keeps one of the local network all the same", () => {
  const state = createLanPeers(id("m"));
  const told = ["c", "b", "a"].flatMap((name) =>
    decideLanPeers(state, { type: "found", location: at(name) }, now({ others: 5 })),
  );
  expect(told.filter(({ type }) => type === "keep")).toHaveLength(3);
  expect(told.filter(({ type }) => type === "release")).toMatchObject([{ peer: "c" }, { peer: "b" }]);
});

test("when all have found each other they are one group, and none keeps many", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{3}$/), { minLength: 2, maxLength: 30 }), (names) => {
      const links = new Map<string, Set<string>>();
      for (const self of names) {
        const state = createLanPeers(id(self));
        const kept = new Set<string>();
        for (const name of names) {
          for (const action of decideLanPeers(state, { type: "found", location: at(name) }, now())) {
            if (action.type === "keep") kept.add(action.location.peer);
            else kept.delete(action.peer);
          }
        }
        expect(kept.size).toBe(Math.min(SEED_LINKS, names.length - 1));
        links.set(self, kept);
      }
      const reached = new Set([names.toSorted()[0]]);
      for (const one of reached)
        for (const [self, kept] of links) if (one !== undefined && kept.has(one)) reached.add(self);
      expect(reached.size).toBe(names.length);
    }),
  );
});
