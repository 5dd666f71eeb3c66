import { type Client, runtime } from "skein";
import { expect, test } from "vitest";
import { concordance } from "./job.ts";
import { type Progress } from "./progress.ts";

const silent: Progress = { update: () => {}, say: () => {}, stop: () => {} };

test("a group that can't be counted fails the job with its error, and leaves no task behind", async () => {
  const failing = { countGroup: { run: () => Promise.reject(new Error("the disk is gone")) } };
  const events = { values: () => ({ forEach: () => new Promise<void>(() => {}) }) };
  const job = { module: async () => failing, events, count: () => {}, [Symbol.asyncDispose]: async () => {} };
  // Only what concordance() uses of a client.
  const client = { openJob: async () => job, status: async () => ({ servers: [] }) } as unknown as Client;
  await expect(concordance(client, [{ number: 0, paths: ["a"], bytes: 1 }], silent)).rejects.toThrow(
    "the disk is gone",
  );
  expect(runtime.tasks()).toEqual([]);
});
