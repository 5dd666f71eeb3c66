import { expect, test } from "vitest";
import { silentLogger } from "../logger.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import type { Member } from "./handshake.ts";
import { peerIdOf } from "./identity.ts";
import { KeptPlaces } from "./kept-places.ts";

installHostPlatform();
const platform = createHostPlatform();
const peer = peerIdOf(platform.generateKey().publicKey);
const member: Member = {
  peer,
  name: "there",
  roles: ["peer"],
  addresses: [],
  instance: "first",
  invites: false,
  session: { own: "a", received: 0 },
};

function keptHere() {
  const waiting: (() => void)[] = [];
  const tried: string[] = [];
  const state = { away: false };
  const kept = new KeptPlaces({
    platform: {
      random: () => 0.5,
      startTimer: (_delayMs, callback) => {
        waiting.push(callback);
        return callback;
      },
      stopTimer: (timer) =>
        void waiting.splice(
          waiting.findIndex((one) => one === timer),
          1,
        ),
    },
    logger: silentLogger,
    connect: (addresses) => {
      tried.push(addresses.join());
      return state.away ? Promise.reject(new Error("away")) : Promise.resolve(member);
    },
  });
  return { kept, tried, waiting, state };
}

test("whoever is connected to again and again is kept once, with all the addresses that were given", async () => {
  const { kept, tried, waiting } = keptHere();
  for (let n = 0; n < 20; n += 1) await kept.keep(["/memory/x"], undefined, false);
  await Promise.all(Array.from({ length: 20 }, () => kept.keep(["/memory/y"], undefined, true)));
  await kept.keep(["/memory/z"], peer, false);
  expect(kept.has(peer)).toBe(true);
  tried.length = 0;
  kept.lost(peer);
  expect(waiting).toHaveLength(1);
  waiting.shift()?.();
  expect(tried).toEqual(["/memory/x,/memory/y"]);
  kept.release(peer);
  expect(kept.has(peer)).toBe(false);
  kept.lost(peer);
  expect(waiting).toHaveLength(0);
});

test("a place that can't be reached at first is kept only where that was asked for, and not after the end", async () => {
  const { kept, waiting, state } = keptHere();
  state.away = true;
  await expect(kept.keep(["/memory/x"], undefined, false)).rejects.toThrow("away");
  expect(waiting).toHaveLength(0);
  await expect(kept.keep(["/memory/x"], undefined, true)).rejects.toThrow("away");
  expect(waiting).toHaveLength(1);
  kept.close();
  expect(waiting).toHaveLength(0);
  await expect(kept.keep(["/memory/x"], undefined, true)).rejects.toThrow("away");
  expect(waiting).toHaveLength(0);
});
