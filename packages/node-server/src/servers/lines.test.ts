import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { eachLine, LINE_LIMIT } from "./lines.ts";

async function linesOf(pieces: readonly (string | Buffer)[]): Promise<string[]> {
  const lines: string[] = [];
  const stream = new PassThrough();
  eachLine(stream, (line) => lines.push(line));
  for (const piece of pieces) stream.write(piece);
  stream.end();
  await new Promise((resolve) => stream.on("close", resolve));
  return lines;
}

test("lines are whole however they were cut, and the rest at the end is one", async () => {
  const euro = Buffer.from("2 €\n");
  expect(await linesOf(["a", "b\nc\r\n", "\n", euro.subarray(0, 3), euro.subarray(3), "end"])).toEqual([
    "ab",
    "c",
    "",
    "2 €",
    "end",
  ]);
});

test("a line without an end is handed on in pieces", async () => {
  const lines = await linesOf(["x".repeat(2 * LINE_LIMIT + 1)]);
  expect(lines.map((line) => line.length)).toEqual([LINE_LIMIT, LINE_LIMIT, 1]);
});
