import type { PeerId } from "@skein/runtime";
import { expect, test } from "vitest";
import { advance, FNS, opened } from "../dev/followed-cluster.ts";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";
import { reduce } from "./reduce.ts";
import { jobsInOrder } from "./select.ts";

test("log lines of tasks are kept in their order", () => {
  const cluster = new SimulatedCluster({ jobs: [{ name: "words", tasks: 400, fns: FNS }], logShare: 1 });
  const model = opened(cluster);
  advance(model, cluster, 2000);
  expect(model.logs.count).toBeGreaterThan(10);
  expect(model.logs.at(0)).toMatchObject({ number: 0, job: jobsInOrder(model)[0]?.id });
});

test("lines that a place logs itself are kept once, however often it tells them", () => {
  const model = opened(new SimulatedCluster());
  // An id in its usual form.
  const at = { peer: "peer" as PeerId, server: 0 };
  const line = (number: number) => ({ line: number, timeMs: number * 10, level: "info" as const, text: "node.joined" });
  const told = (...lines: ReturnType<typeof line>[]): void =>
    reduce(model, { type: "observed", observed: [{ topic: "logs:info", at, timeMs: 1000, lines }] });
  told(line(1), line(2));
  told(line(1), line(2), line(3));
  expect(model.logs.count).toBe(3);
  // Its clock goes back: told three times, it is there once.
  for (let time = 0; time < 3; time += 1) told(line(3), { ...line(4), timeMs: 15 });
  expect(model.logs.count).toBe(4);
  // Begun anew, it counts from one again.
  told({ ...line(1), timeMs: 99 });
  expect(model.logs.at(4)).toMatchObject({ at, own: true, timeMs: 99 });
  for (let n = 0; n < 3000; n += 1)
    reduce(model, {
      type: "observed",
      observed: [{ topic: "logs:info", at: { peer: `p${n}` as PeerId, server: 0 }, timeMs: 1, lines: [line(1)] }],
    });
  expect(model.placeLines.size).toBeLessThan(3000);
});
