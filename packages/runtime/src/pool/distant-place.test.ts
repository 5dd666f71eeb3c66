import { expect, test } from "vitest";
import { SkeinError } from "../errors.ts";
import { Engine } from "../task/engine.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import type { PoolPlace } from "./place.ts";
import { Staff } from "./staff.ts";

const away = new SkeinError("HOST_UNREACHABLE", "ssh://maxi: No route to host", { hint: "try it by hand" });

test("a place that is away is tried again, less and less often, until the pool closes; who waits is told its words", async () => {
  const clock = new VirtualClock();
  const triedMs: number[] = [];
  const told: unknown[] = [];
  const place: PoolPlace = {
    name: "ssh://maxi",
    size: 1,
    distant: true,
    start: () => {
      triedMs.push(clock.now());
      throw away;
    },
  };
  const nothing = (): void => undefined;
  const staff = new Staff(
    {
      engine: new Engine({ platform: virtualPlatform({ clock }) }),
      places: [place],
      queueSize: undefined,
      maxWorkerBytes: Infinity,
      initializer: undefined,
      connectTimeoutMs: 1000,
      mapStack: undefined,
      tell: nothing,
    },
    { room: nothing, joined: nothing, left: nothing, nobody: (error) => told.push(error), waits: () => true },
  );
  const ready = staff.ready();
  ready.then(undefined, nothing);
  await clock.advance(15_000);
  await expect(ready).rejects.toBe(away);
  expect(told[0]).toBe(away);
  expect(triedMs).toEqual([0, 0, 1000, 1000, 3000, 3000, 7000, 7000, 15_000, 15_000]);
  await clock.advance(600_000);
  const [before = 0, last = 0] = triedMs.filter((_, index) => index % 2 === 0).slice(-2);
  expect(last - before).toBe(60_000);
  staff.close(away);
  const { length } = triedMs;
  await clock.advance(600_000);
  expect(triedMs).toHaveLength(length);
});
