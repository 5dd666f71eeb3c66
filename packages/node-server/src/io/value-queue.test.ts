import { runtime } from "@skein/runtime";
import { expect, test } from "vitest";
import { nodePlatform } from "../platform/installed.ts";
import { QueueWait, ValueQueue } from "./value-queue.ts";

nodePlatform();

test("a value that was given out and comes back after the end is left over, and so is one that comes late", () => {
  const left: string[] = [];
  const queue = new ValueQueue<{ name: string }>("a thing", ({ name }) => left.push(name));
  const given = new QueueWait(queue, "a thing", undefined, (step) => step);
  given.start({ resume() {} }, runtime.engine);
  for (const name of ["given", "waiting"]) queue.push({ name });
  queue.close();
  queue.close();
  expect(left).toEqual(["waiting"]);
  given.giveUp();
  queue.push({ name: "late" });
  expect(left).toEqual(["waiting", "given", "late"]);
  const next = new QueueWait(queue, "a thing", undefined, (step) => step);
  next.start({ resume() {} }, runtime.engine);
  expect(next.take().done).toBe(true);
});
