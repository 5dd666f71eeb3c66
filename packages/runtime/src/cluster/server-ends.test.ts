import { expect, test } from "vitest";
import {
  JOBS_AT_NODE_LIMIT,
  SERVER_ENDS_FADE_MS,
  SERVER_ENDS_FREE,
  SERVER_ENDS_PAUSE_FIRST_MS,
  SERVER_ENDS_PAUSE_MOST_MS,
} from "../defaults.ts";
import { type JobId } from "../ids.ts";
import { ServerEnds } from "./server-ends.ts";

// Ids that only have to be told apart here.
const [a, b] = ["j_a" as JobId, "j_b" as JobId];

const pauses = (ends: ServerEnds, job: JobId, times: number): number[] =>
  Array.from({ length: times }, () => ends.ended(job, 0));

test("a job that ends one server after the other waits longer each time, up to a most", () => {
  const ends = new ServerEnds();
  expect(pauses(ends, a, SERVER_ENDS_FREE)).toEqual(Array.from({ length: SERVER_ENDS_FREE }, () => 0));
  expect(pauses(ends, a, 2)).toEqual([SERVER_ENDS_PAUSE_FIRST_MS, SERVER_ENDS_PAUSE_FIRST_MS * 2]);
  expect(pauses(ends, a, 100).at(-1)).toBe(SERVER_ENDS_PAUSE_MOST_MS);
  expect(ends.ended(b, 0)).toBe(0);
});

test("what a job did before counts no more once a task of it has ended, or after a while", () => {
  const ends = new ServerEnds();
  pauses(ends, a, 10);
  ends.worked(a);
  expect(ends.ended(a, 0)).toBe(0);
  pauses(ends, a, 10);
  expect(ends.ended(a, SERVER_ENDS_FADE_MS)).toBe(0);
});

test("of very many jobs only those that ended a server last are known", () => {
  const ends = new ServerEnds();
  pauses(ends, a, 10);
  for (let n = 0; n < JOBS_AT_NODE_LIMIT; n += 1) ends.ended(`j_${n}` as JobId, 0);
  expect(ends.ended(a, 0)).toBe(0);
});
