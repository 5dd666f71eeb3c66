import type { CodeDigest } from "@skein/runtime";
import { expect, test } from "vitest";
import { ShippedCode } from "./shipped-code.ts";

test("a bundle that is asked for twice at a time is sent once, and one that failed is asked for again", async () => {
  const digest = "a".repeat(64) as CodeDigest; // the form of one
  const asked: CodeDigest[] = [];
  let fails = true;
  const code = new ShippedCode({
    members: {},
    more: async () => ({}),
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

test("a name that has no value yet comes for code that has it, asked for once, and again after a failure", async () => {
  let asked = 0;
  const code = new ShippedCode({
    members: { early: 1, late: undefined },
    more: async () => {
      asked += 1;
      if (asked === 1) throw new Error("not served whole");
      return { late: 2 };
    },
    ask: async () => undefined,
  });
  const load = async (name: string, text: string): Promise<unknown> => {
    const digest = name.repeat(64) as CodeDigest; // the form of one
    const loading = code.load(digest);
    code.given(digest, new TextEncoder().encode(`import * as skein from "skein"; export const is = ${text};`));
    return (await loading)["is"];
  };
  expect(await load("a", "skein.early")).toBe(1);
  expect(asked).toBe(0);
  await expect(load("b", "skein.late")).rejects.toThrow("not served whole");
  expect(await load("b", "skein.late")).toBe(2);
  expect(await load("c", "skein.late + skein.early")).toBe(3);
  expect(asked).toBe(2);
});
