import { ABILITY_STORED_FOR_MS, ABILITY_STORED_IN_USE_MS } from "@skein/runtime/host";
import { afterEach, expect, test } from "vitest";
import { forgetStored, storageAbility } from "./storage.ts";

const { signal } = new AbortController();
let database = "";
let nowMs = 0;
afterEach(() => forgetStored(database));

/** What tasks of clients ask of a tab with so much room. */
function tab(quotaBytes: number) {
  database = `test ${Math.random()}`;
  return (client: string) => {
    const ability = storageAbility({ quotaBytes }, () => client, { database, now: () => nowMs });
    const { calls } = ability;
    return {
      get: async (key: string) => await calls["get"]?.([key], signal),
      set: async (key: string, value: unknown) => await calls["set"]?.([key, value], signal),
      remove: async (key: string) => await calls["remove"]?.([key], signal),
      end: () => ability.end(),
    };
  };
}

const full = { code: "FILE_TOO_LARGE" };

test("each client's tasks have values of their own, text and bytes", async () => {
  const of = tab(1000);
  const [mine, other] = [of("mine"), of("other")];
  await mine.set("a", "text");
  await mine.set("b", new Uint8Array([1, 2, 3]));
  expect([await mine.get("a"), await mine.get("b")]).toEqual(["text", new Uint8Array([1, 2, 3])]);
  // Of a view what it shows, not the buffer behind it.
  await mine.set("b", new Uint8Array(new ArrayBuffer(10_000), 0, 3));
  expect(await mine.get("b")).toMatchObject({ buffer: { byteLength: 3 } });
  expect(await other.get("a")).toBeUndefined();
  await other.set("a", "theirs");
  await mine.remove("a");
  expect([await mine.get("a"), await other.get("a")]).toEqual([undefined, "theirs"]);
  mine.end();
  other.end();
});

test("all clients together have the quota, and who was not there for long makes room for others", async () => {
  const of = tab(100);
  const [one, two, three] = [of("one"), of("two"), of("three")];
  nowMs = 0;
  await one.set("a", "x".repeat(20)); // 42 bytes
  nowMs = 1000;
  await two.set("a", "x".repeat(20));
  await expect(two.set("b", "x".repeat(20))).rejects.toMatchObject({
    ...full,
    message: "storage: it would hold 126 bytes of 100",
  });
  expect(await two.get("b")).toBeUndefined();
  // What was used a moment ago stays, whoever wants its place.
  await expect(three.set("a", "x".repeat(10))).rejects.toMatchObject(full);
  nowMs = ABILITY_STORED_IN_USE_MS;
  await three.set("a", "x".repeat(10));
  expect([await one.get("a"), await two.get("a"), await three.get("a")]).toEqual([
    undefined,
    "x".repeat(20),
    "x".repeat(10),
  ]);
  await expect(three.set("b", "x".repeat(60))).rejects.toMatchObject(full);
  expect(await two.get("a")).toBe("x".repeat(20));
  for (const used of [one, two, three]) used.end();
});

test("what a client has not used for a month is dropped, and all of it when its owner takes it back", async () => {
  const of = tab(1000);
  nowMs = 0;
  const one = of("one");
  await one.set("a", "one");
  nowMs = ABILITY_STORED_FOR_MS;
  const two = of("two");
  await two.set("a", "two");
  const again = of("one");
  expect([await again.get("a"), await two.get("a")]).toEqual([undefined, "two"]);
  await forgetStored(database);
  expect(await two.get("a")).toBeUndefined();
  await two.set("a", "after that");
  expect(await two.get("a")).toBe("after that");
  for (const used of [one, two, again]) used.end();
});
