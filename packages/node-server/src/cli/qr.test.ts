import { expect, test } from "vitest";
import { qrText } from "./qr.ts";

test("a link is drawn for phones where the terminal is wide enough", async () => {
  const drawn = (await qrText(`http://10.0.0.5:4182/join#skein:${"x".repeat(800)}`, 120)) ?? "";
  const lines = drawn.split("\n");
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  // Two rows of the picture to a line.
  expect(lines.length).toBe(Math.ceil((lines[0]?.length ?? 0) / 2));
  expect(await qrText("http://a.example/", (lines[0]?.length ?? 0) / 2)).toBeDefined();
  expect(await qrText(`http://a.example/${"x".repeat(800)}`, 80)).toBeUndefined();
});
