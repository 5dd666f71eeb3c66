import { closeSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { CancelFile, CancelReader, SLOTS } from "./cancel-file.ts";

function openBoth() {
  const file = new CancelFile();
  onTestFinished(() => {
    file.close();
    file.close();
    closeSync(file.inherited);
  });
  return { file, reader: new CancelReader(file.inherited) };
}

test("what is told is taken once, in order", () => {
  const { file, reader } = openBoth();
  expect(reader.take()).toBeUndefined();
  file.tell({ serial: 7, reason: "enough", graceMs: 100 });
  file.tell({ serial: 8 });
  expect(reader.take()).toEqual({ serial: 7, reason: "enough", graceMs: 100 });
  expect(reader.take()).toEqual({ serial: 8 });
  expect(reader.take()).toBeUndefined();
});

test("a reason that does not fit is left out", () => {
  const { file, reader } = openBoth();
  file.tell({ serial: 1, reason: "é".repeat(2000) });
  expect(reader.take()).toEqual({ serial: 1 });
});

test("a reader that looks late misses the oldest and sees the latest", () => {
  const { file, reader } = openBoth();
  const count = 3 * SLOTS + 5;
  for (let serial = 1; serial <= count; serial += 1) file.tell({ serial });
  const seen: number[] = [];
  for (let next = reader.take(); next !== undefined; next = reader.take()) seen.push(next.serial);
  expect(seen.at(-1)).toBe(count);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  file.tell({ serial: count + 1 });
  expect(reader.take()).toEqual({ serial: count + 1 });
});
