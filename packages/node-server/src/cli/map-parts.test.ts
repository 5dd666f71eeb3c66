import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { InOrder } from "./in-order.ts";
import { JobLog } from "./job-log.ts";
import { type Line, linesOf } from "./map-lines.ts";
import { noteOf } from "./map-progress.ts";
import { itemOf, jsonText, lineText } from "./map-text.ts";

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "skein-map-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "log");
}

async function linesIn(chunks: readonly string[], options?: Parameters<typeof linesOf>[1]): Promise<Line[]> {
  const bytes = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk, "latin1");
  })();
  const lines: Line[] = [];
  for await (const batch of linesOf([{ name: undefined, chunks: bytes, bytes: undefined }], options))
    lines.push(...batch);
  return lines;
}

const utf8 = (text: string): string => Buffer.from(text).toString("latin1");

test("lines come whole however their bytes are cut, with or without a newline at the end", async () => {
  const text = utf8("ā\r\n\nžluť\nlast");
  for (const size of [1, 2, 3, 5, 100]) {
    const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, n) =>
      text.slice(n * size, (n + 1) * size),
    );
    const lines = await linesIn(chunks);
    expect(lines.map((line) => line.text)).toEqual(["ā", "", "žluť", "last"]);
    expect(lines.map((line) => line.where)).toEqual(["line 1", "line 2", "line 3", "line 4"]);
  }
  expect((await linesIn([text], { blank: false })).map((line) => [line.number, line.where])).toEqual([
    [1, "line 1"],
    [2, "line 3"],
    [3, "line 4"],
  ]);
  expect((await linesIn(["a\nb\0c"], { separator: 0 })).map((line) => line.text)).toEqual(["a\nb", "c"]);
  expect(await linesIn(["a\n".repeat(3)])).toHaveLength(3);
});

test("a line is a text, a JSON value or a list of arguments", () => {
  expect(itemOf("[1]", { json: false, star: false })).toBe("[1]");
  expect(itemOf("[1]", { json: true, star: false })).toEqual([1]);
  expect(itemOf("[1]", { json: true, star: true })).toEqual([1]);
  const invalid = expect.objectContaining({ code: "OPTION_INVALID" });
  expect(() => itemOf("{", { json: true, star: false })).toThrow(invalid);
  expect(() => itemOf("1", { json: true, star: true })).toThrow(invalid);
});

test("every value has a JSON line, and texts a line of their own", () => {
  expect([undefined, null, 1, "a\nb", 5n, NaN].map(jsonText)).toEqual(["null", "null", "1", '"a\\nb"', '"5"', "null"]);
  const bytes = new Uint8Array([1, 2, 3]);
  const values = {
    bytes,
    buffer: bytes.buffer,
    big: 7n,
    map: new Map([[1, new Set([2])]]),
    f: new Float32Array([1.5]),
  };
  expect(jsonText(values)).toBe('{"bytes":"AQID","buffer":"AQID","big":"7","map":[[1,[2]]],"f":[1.5]}');
  expect(jsonText(new BigInt64Array([1n]))).toBe('["1"]');
  expect(jsonText(new DataView(bytes.buffer, 1))).toBe('"AgM="');
  expect(jsonText([new RangeError("no")])).toBe('[{"name":"RangeError","message":"no"}]');
  expect(['"a b"', "null", "12", '{"a":1}'].map(lineText)).toEqual(["a b", "", "12", '{"a":1}']);
});

test("results are given in the order of their numbers, whatever they are", () => {
  const given: unknown[] = [];
  const order = new InOrder<unknown>(1, (value) => given.push(value));
  for (const [number, value] of [
    [3, undefined],
    [2, "b"],
    [1, "a"],
    [5, "e"],
  ] as const)
    order.put(number, value);
  expect(given).toEqual(["a", "b", undefined]);
  order.put(4, "d");
  expect(given).toEqual(["a", "b", undefined, "d", "e"]);
});

test("a log that can't be written says so", () => {
  const path = join(newFile(), "missing", "log");
  expect(() => new JobLog(path, "/work.ts#f", false)).toThrow(
    expect.objectContaining({ code: "OPTION_INVALID", message: expect.stringContaining(path) }),
  );
});

test("a log gives back what was done, for the same text only, and cuts off a torn end", () => {
  const path = newFile();
  const first = new JobLog(path, "/work.ts#f", false);
  const long = JSON.stringify("ž".repeat(200_000));
  first.done(2, "two", '{"a":[1]}');
  first.failed(1, "one", { name: "Error", message: "no" });
  first.done(5000, "long", long);
  first.close();
  expect(readFileSync(path, "utf8").split("\n")[0]).toBe('{"skein":"map","function":"/work.ts#f"}');
  appendFileSync(path, '{"line":3,"sum":"0000');
  expect(() => new JobLog(path, "/work.ts#f", false)).toThrow(expect.objectContaining({ code: "FILE_EXISTS" }));
  expect(() => new JobLog(path, "/work.ts#g", true)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  const second = new JobLog(path, "/work.ts#f", true);
  expect(second.find(2, "two")).toBe('{"a":[1]}');
  expect(second.find(5000, "long")).toBe(long);
  expect(second.find(2, "two again")).toBeUndefined();
  for (const line of [1, 3, 4, 100_000]) expect(second.find(line, "one")).toBeUndefined();
  second.done(1, "one", "1");
  second.close();
  const third = new JobLog(path, "/work.ts#f", true);
  expect([third.find(1, "one"), third.find(2, "two")]).toEqual(["1", '{"a":[1]}']);
  third.close();
});

test("a file that is no log is left as it is; one that was cut in its first line is begun anew", () => {
  const path = newFile();
  for (const text of ["my thesis\n", "my thesis", '{"skein":"up"}\n']) {
    writeFileSync(path, text);
    expect(() => new JobLog(path, "f", true)).toThrow(expect.objectContaining({ code: "FILE_EXISTS" }));
    expect(readFileSync(path, "utf8")).toBe(text);
  }
  writeFileSync(path, '{"skein":"ma');
  new JobLog(path, "f", true).close();
  expect(readFileSync(path, "utf8")).toBe('{"skein":"map","function":"f"}\n');
});

test("progress says how many items, how fast, how many failed and how long it takes", () => {
  expect(noteOf({ done: 0, failed: 0, doneBytes: 0 }, 5000, 100)).toBe("0 items");
  expect(noteOf({ done: 1000, failed: 2, doneBytes: 50 }, 10_000, 100)).toBe("1,000 items, 100/s, 2 failed, 10 s left");
  expect(noteOf({ done: 1, failed: 0, doneBytes: 50 }, 500, undefined)).toBe("1 item");
});
