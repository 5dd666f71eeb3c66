import type { PeerId } from "@skein/runtime";
import { expect, test } from "vitest";
import { LOG_TEXT_LIMIT, LogList, type LogRow } from "./log-list.ts";
import { fieldsText } from "./reduce-logs.ts";

const line = (text: string): Omit<LogRow, "number"> => ({
  timeMs: 1,
  level: "info",
  text,
  fields: "",
  job: undefined,
  task: undefined,
  // An id in its usual form.
  at: { peer: "node" as PeerId, server: 1 },
  own: false,
});

test("the newest lines are kept, by number and by size", () => {
  const logs = new LogList(3);
  for (let number = 0; number < 5; number += 1) logs.add(line(`line ${number}`));
  expect([logs.first, logs.count, logs.at(1), logs.at(2)?.text, logs.at(4)?.text, logs.at(5)]).toEqual([
    2,
    5,
    undefined,
    "line 2",
    "line 4",
    undefined,
  ]);
  const long = new LogList();
  for (let number = 0; number < 5; number += 1) long.add(line("x".repeat(LOG_TEXT_LIMIT / 2)));
  expect([long.first, long.count]).toEqual([3, 5]);
});

test("fields are one line of text", () => {
  expect(fieldsText({ rows: 12, file: "a b", name: "x", deep: { a: [1] } })).toBe(
    'rows=12 file="a b" name=x deep={"a":[1]}',
  );
  expect(fieldsText(undefined)).toBe("");
  expect(fieldsText({ long: "y".repeat(5000) }).length).toBeLessThan(1100);
});
