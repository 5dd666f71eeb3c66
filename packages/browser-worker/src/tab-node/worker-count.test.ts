import { expect, test } from "vitest";
import { WorkerCount } from "./worker-count.ts";

test("a change that failed says so, leaves what was offered, and the next one is made all the same", async () => {
  const offered: number[] = [];
  const count = new WorkerCount(1, async (workers) => {
    if (workers % 2 === 0) throw new Error("nobody schedules");
    offered.push(workers);
  });
  await expect(count.change(2)).rejects.toThrow("nobody schedules");
  expect(count.wanted).toBe(1);
  const [lost, next] = [count.change(4), count.change(3)];
  await expect(lost).rejects.toThrow("nobody schedules");
  // What waits behind a failed change is the wish that counts.
  expect(count.wanted).toBe(3);
  await next;
  expect([offered, count.wanted]).toEqual([[3], 3]);
});

test("changes are made one after the other, in their order", async () => {
  const told: string[] = [];
  const count = new WorkerCount(0, async (workers) => {
    told.push(`${workers} begins`);
    await Promise.resolve();
    told.push(`${workers} ends`);
  });
  await Promise.all([count.change(2), count.change(1)]);
  expect(told).toEqual(["2 begins", "2 ends", "1 begins", "1 ends"]);
});
