import type { ServerLine } from "@skein/runtime/host";
import { expect, test } from "vitest";
import { ConsoleLines } from "./console-lines.ts";
import { LINE_CHARACTERS, LINES_AHEAD } from "./words.ts";

function lines() {
  const sent: ServerLine[] = [];
  const console_ = new ConsoleLines({ send: (line) => sent.push(line), speaker: () => undefined });
  return { sent, console_ };
}

test("what is printed goes on line by line, as people would read it", () => {
  const { sent, console_ } = lines();
  const target = { debug: () => {}, info: () => {}, log: () => {}, warn: () => {}, error: () => {} };
  console_.take(target);
  const print: Pick<Console, "log" | "warn"> = target;
  print.log("a", 1, { b: [2] }, undefined, Symbol("c"));
  print.warn("first\nsecond");
  expect(sent).toEqual([
    { stream: "stdout", text: 'a 1 {"b":[2]} undefined Symbol(c)' },
    { stream: "stderr", text: "first" },
    { stream: "stderr", text: "second" },
  ]);
});

test("lines that come faster than they are taken are dropped, and counted", () => {
  const { sent, console_ } = lines();
  for (let n = 0; n < LINES_AHEAD + 5; n += 1) console_.print("stdout", `line ${n}`);
  expect(sent).toHaveLength(LINES_AHEAD);
  console_.taken(10);
  expect(sent.at(-1)?.text).toMatch(/^5 lines were dropped/);
  console_.print("stdout", "x".repeat(LINE_CHARACTERS + 1));
  expect(sent.at(-1)?.text).toHaveLength(LINE_CHARACTERS);
});
