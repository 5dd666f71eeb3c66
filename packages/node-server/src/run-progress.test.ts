import { expect, test } from "vitest";
import { NO_COUNTERS } from "@skein/runtime/host";
import { linesTo, RunProgress } from "./run-progress.ts";

test("away from a terminal the progress of a program's jobs is a line for each tenth of their tasks", () => {
  const lines: string[] = [];
  const progress = new RunProgress(linesTo((line) => lines.push(line)));
  const one = { counters: { ...NO_COUNTERS } };
  const other = { counters: { ...NO_COUNTERS, submitted: 10, done: 4, failed: 1 } };
  progress.add(one);
  progress.look();
  expect(lines).toEqual([]);
  progress.add(other);
  progress.look();
  for (let done = 0; done <= 10; done += 1) {
    one.counters = { ...NO_COUNTERS, submitted: 10, done, running: done < 10 ? 1 : 0 };
    progress.look();
  }
  progress.close();
  progress.close();
  expect(lines[0]).toBe("50 %  5/10 tasks, 0 running, 1 failed");
  expect(lines.slice(1)).toEqual([
    "20 %  5/20 tasks, 1 running, 1 failed",
    "30 %  6/20 tasks, 1 running, 1 failed",
    "40 %  8/20 tasks, 1 running, 1 failed",
    "50 %  10/20 tasks, 1 running, 1 failed",
    "60 %  12/20 tasks, 1 running, 1 failed",
    "70 %  14/20 tasks, 1 running, 1 failed",
  ]);
});
