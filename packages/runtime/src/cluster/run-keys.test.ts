import { expect, test } from "vitest";
import { RunKeys } from "./run-keys.ts";

test("a key is kept with its task, whatever became of it, and new ones are refused past the limit", () => {
  const keys = new RunKeys<object>(2);
  const start = (): object => ({});
  const first = keys.of("a", start);
  const failing = (): never => {
    throw new Error("no such place");
  };
  expect(() => keys.of("b", failing)).toThrow("no such place");
  keys.of("b", start);
  expect(() => keys.of("c", start)).toThrow(expect.objectContaining({ code: "LINK_OVERLOADED" }));
  expect(keys.of("a", start)).toBe(first);
  keys.forget();
  expect(keys.of("a", start)).not.toBe(first);
});
