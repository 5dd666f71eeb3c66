import { expect, test } from "vitest";
import type { ClusterEvent, ClusterEventBody, JobId, JobInfo, PeerId } from "@skein/runtime";
import { NO_COUNTERS } from "@skein/runtime/host";
import { FollowedJobs, lineView } from "./follow-jobs.ts";

const id = `j_${"0".repeat(26)}` as JobId;
const counters = (submitted: number, done: number) => ({ ...NO_COUNTERS, submitted, done });
const primes: JobInfo = {
  id,
  name: "primes",
  client: "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp" as PeerId,
  weight: 1,
  state: "active",
  openedMs: 0,
  demand: 2,
  held: 2,
  counters: counters(100, 0),
};
const event = (body: ClusterEventBody): ClusterEvent => ({ ...body, seq: 1, epoch: 1, timeMs: 0 });

function follow(only: readonly string[]) {
  const lines: string[] = [];
  let over = false;
  const jobs = new FollowedJobs(
    lineView((line) => lines.push(line)),
    new Set(only),
    () => (over = true),
  );
  return { lines, jobs, isOver: () => over };
}

test("away from a terminal a followed job is a line for each tenth of its tasks, and when it changes", () => {
  const { lines, jobs } = follow([]);
  jobs.reset([primes]);
  for (let done = 1; done <= 100; done += 1) {
    jobs.take(event({ type: "job.progress", job: id, counters: counters(100, done), omitted: 0 }));
  }
  expect(lines.length).toBe(11);
  expect(lines[0]).toBe("primes: active, 0 of 100 tasks, 0 running on 2 servers");
  expect(lines[10]).toBe("primes: active, 100 of 100 tasks, 0 running on 2 servers");
  jobs.take(event({ type: "job.closed", job: { ...primes, counters: { ...counters(100, 98), failed: 2 } } }));
  expect(lines[11]).toBe("primes: closed, 100 of 100 tasks, 0 running on 2 servers, 2 failed");
});

test("following named jobs is over once they are closed, also when that was missed", () => {
  const one = follow([id]);
  one.jobs.reset([primes]);
  expect(one.isOver()).toBe(false);
  one.jobs.take(event({ type: "job.closed", job: primes }));
  expect(one.isOver()).toBe(true);
  const other = follow([id]);
  other.jobs.reset([primes]);
  other.jobs.reset([]);
  expect(other.isOver()).toBe(true);
  expect(other.lines.at(-1)).toMatch(/^primes: closed/);
});

test("that a job's client is away is a line, and that it is back", () => {
  const { lines, jobs } = follow([]);
  jobs.reset([{ ...primes, away: true }]);
  jobs.take(event({ type: "job.opened", job: primes }));
  expect(lines.map((line) => line.split(",")[0])).toEqual(["primes: client away", "primes: active"]);
});

test("of named jobs no others are shown", () => {
  const { lines, jobs } = follow([id]);
  jobs.reset([primes, { ...primes, id: `j_${"1".repeat(26)}` as JobId, name: "words" }]);
  expect(lines).toEqual(["primes: active, 0 of 100 tasks, 0 running on 2 servers"]);
});
