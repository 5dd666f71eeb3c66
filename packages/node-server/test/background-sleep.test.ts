import { command } from "@skein/node-server";
import { expect, test } from "vitest";
import { fixture } from "./programs.ts";

const FIXTURE = fixture("background-sleeps.ts");

test("a background task in a plain sleep does not keep the process alive, one in the foreground that it started does", async () => {
  const { text } = await command(process.execPath, [FIXTURE]).output({ timeoutMs: 30_000 });
  expect(text.trim().split("\n")).toEqual(["program over", "foreground over"]);
});
