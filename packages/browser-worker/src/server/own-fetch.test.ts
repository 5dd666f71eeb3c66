import { expect, test } from "vitest";
import { hintAtAbility } from "./own-fetch.ts";

test("behind walls a fetch that fails says what a task has for it; elsewhere it is as it was", async () => {
  const failed = new TypeError("Failed to fetch");
  const fails = (): Promise<Response> => Promise.reject(failed);
  const walled = { origin: "null", fetch: fails };
  hintAtAbility(walled);
  await expect(walled.fetch()).rejects.toMatchObject({
    name: "TypeError",
    message: expect.stringContaining("Failed to fetch: a task in a tab has task.io.fetch"),
    cause: failed,
  });
  const open = { origin: "https://example.org", fetch: fails };
  hintAtAbility(open);
  expect(open.fetch).toBe(fails);
});
