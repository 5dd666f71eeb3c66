import { expect, test } from "vitest";
import type { TaskId } from "@skein/runtime";
import { MarkReader, markOutput } from "./output-marks.ts";

const first = `t_${"1".repeat(26)}` as TaskId;
const second = `t_${"2".repeat(26)}` as TaskId;

test("a line is known to be of the task that printed it, and reads as it was written", () => {
  let text = "";
  let speaker: TaskId | undefined;
  const stream = { write: (piece: string | Uint8Array) => ((text += String(piece)), true) };
  markOutput(stream, () => speaker);
  const say = (whose: TaskId | undefined, piece: string): void => {
    speaker = whose;
    stream.write(piece);
  };
  say(undefined, "starts\n");
  say(first, "hal");
  say(first, "lo\nagain\n");
  say(second, "other \u001E\u001Fhere\n");
  say(undefined, "ends\n");
  const reader = new MarkReader();
  const lines = text.split("\n").map((line) => reader.read(line));
  expect(lines).toEqual([
    { text: "starts" },
    { text: "hallo", task: first },
    { text: "again", task: first },
    expect.objectContaining({ text: "other here" }),
    { text: "ends" },
    { text: "" },
  ]);
});

test("what was printed before something else runs is told apart, if anything was", () => {
  let text = "";
  const stream = { write: (piece: string | Uint8Array) => ((text += String(piece)), true) };
  const fresh = markOutput(stream, () => undefined);
  fresh();
  expect(text).toBe("");
  stream.write("old\n");
  fresh();
  fresh();
  stream.write("new\n");
  const reader = new MarkReader();
  expect(text.split("\n").map((line) => reader.read(line))).toEqual([
    { text: "old" },
    { text: "new", fresh: true },
    { text: "" },
  ]);
});
