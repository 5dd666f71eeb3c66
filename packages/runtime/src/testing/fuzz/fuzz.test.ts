import { expect, test } from "vitest";
import { createHostPlatform, installHostPlatform } from "../host-platform.ts";
import { runFuzz } from "./run-fuzz.ts";
import { seeds } from "../../../test/rounds.ts";

installHostPlatform();
const platform = createHostPlatform();

test.each(seeds(3))("whatever a peer sends is taken or refused with an error of ours (seed %i)", (seed) => {
  const { taken, refused, findings } = runFuzz(platform, 3000, seed);
  expect(findings).toEqual([]);
  expect(taken).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(1000);
});

test("the same holds for input that was never seen before", () => {
  const seed = new DataView(platform.randomBytes(4).buffer).getUint32(0);
  const { findings } = runFuzz(platform, 3000, seed);
  expect(findings, `seed ${seed}`).toEqual([]);
});
