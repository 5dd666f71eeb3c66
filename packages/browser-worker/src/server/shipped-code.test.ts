import type { CodeDigest } from "@skein/runtime";
import { expect, test } from "vitest";
import { ShippedCode } from "./shipped-code.ts";

test("a bundle that is asked for twice at a time is sent once, and one that failed is asked for again", async () => {
  const digest = "a".repeat(64) as CodeDigest; // the form of one
  const asked: CodeDigest[] = [];
  let fails = true;
  const code = new ShippedCode({
    members: {},
    ask: async (one) => {
      asked.push(one);
      if (fails) throw new Error("no such code");
    },
  });
  const failed = await Promise.allSettled([code.load(digest), code.load(digest)]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  fails = false;
  const loads = [code.load(digest), code.load(digest)];
  code.given(digest, new TextEncoder().encode("export const answer = 42;"));
  const [first, second] = await Promise.all(loads);
  expect(first).toMatchObject({ answer: 42 });
  expect(second).toBe(first);
  expect(asked).toEqual([digest, digest]);
});
