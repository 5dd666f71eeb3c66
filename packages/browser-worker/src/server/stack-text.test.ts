import type { CodeDigest } from "@skein/runtime";
import { expect, test } from "vitest";
import { stackText } from "./stack-text.ts";

const digest = "a".repeat(64) as CodeDigest;
const digests = new Map([["blob:null/1", digest]]);
const wanted = `TypeError: wrong\n    at fails (${digest}.mjs:3:5)\n    at ${digest}.mjs:9:1`;

test("a stack of any engine is read as one of V8's, from the bundle's code alone", () => {
  const error = { name: "TypeError", message: "wrong" };
  const v8 = "TypeError: wrong\n    at fails (blob:null/1:3:5)\n    at blob:null/1:9:1\n    at run (blob:null/0:1:1)";
  const other = "fails@blob:null/1:3:5\n@blob:null/1:9:1\nrun@blob:null/0:1:1\n";
  for (const stack of [v8, other]) expect(stackText({ ...error, stack }, digests)).toBe(wanted);
});

test("an error without frames keeps its words", () => {
  expect(stackText({ name: "Error", message: "late", stack: "" }, digests)).toBe("Error: late");
});
