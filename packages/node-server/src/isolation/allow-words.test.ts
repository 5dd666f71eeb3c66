import { resolve } from "node:path";
import { expect, test } from "vitest";
import { parseAllow } from "./allow-words.ts";

test("words of --allow are paths to read and write, and switches", () => {
  expect(parseAllow(["read=/data", "read=here", "write=/a=b", "run", "net", "threads", "addons"])).toEqual({
    read: ["/data", resolve("here")],
    write: ["/a=b"],
    run: true,
    net: true,
    threads: true,
    addons: true,
  });
  expect(parseAllow([])).toEqual({});
});

test("anything else is refused, and what there is is named", () => {
  for (const word of ["all", "read", "read=", "run=sh", "write=/a*"]) {
    expect(() => parseAllow([word])).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  }
});
