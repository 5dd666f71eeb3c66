import { expect, test } from "vitest";
import { MemoryFileStore } from "../testing/memory-file-store.ts";
import { JobSpace } from "./job-space.ts";

const how = { executable: false, overwrite: true, owners: [] };
const TOO_LARGE = { code: "FILE_TOO_LARGE", hint: expect.stringContaining("--server-disk") };

async function put(space: JobSpace, name: string, bytes: number): Promise<void> {
  const draft = await space.draft([name], bytes, false);
  await draft.write(0, new Uint8Array(bytes));
  await draft.publish(how);
}

test("files of a job are refused once they would be more than may be there; what is replaced or removed makes room", async () => {
  const space = new JobSpace(new MemoryFileStore(), { maxBytes: 100, maxFiles: 10 });
  await put(space, "a", 60);
  await expect(space.draft(["b"], 41, false)).rejects.toMatchObject(TOO_LARGE);
  await put(space, "b", 30);
  await put(space, "b", 10);
  await put(space, "c", 30);
  await expect(space.draft(["d"], 1, false)).rejects.toMatchObject(TOO_LARGE);
  expect([await space.remove(["a"]), await space.remove(["a"])]).toEqual([true, false]);
  await put(space, "d", 60);
});

test("what is still coming counts, and what was kept of it; what was given up doesn't", async () => {
  const space = new JobSpace(new MemoryFileStore(), { maxBytes: 100, maxFiles: 10 });
  const draft = await space.draft(["a"], 100, false);
  await expect(space.draft(["b"], 1, false)).rejects.toMatchObject(TOO_LARGE);
  await draft.write(0, new Uint8Array(40));
  await draft.keep(40);
  await expect(space.draft(["b"], 61, false)).rejects.toMatchObject(TOO_LARGE);
  const again = await space.draft(["a"], 100, true);
  expect(again.keptBytes).toBe(40);
  await again.discard();
  await put(space, "b", 100);
});

test("a job may have so many files at a node, however small", async () => {
  const space = new JobSpace(new MemoryFileStore(), { maxBytes: 100, maxFiles: 2 });
  await put(space, "a", 0);
  await put(space, "b", 0);
  await expect(space.draft(["c"], 0, false)).rejects.toMatchObject(TOO_LARGE);
  await space.remove(["a"]);
  await put(space, "c", 0);
});
