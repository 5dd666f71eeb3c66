import { expect, test } from "vitest";
import { movedArgs } from "./moved.ts";

test("buffers are taken away from who gave them, wherever they stand, and views of one still share it", () => {
  const bytes = new Uint8Array([1, 2, 3, 4]);
  const kept = new Uint8Array([9]);
  const half = new Uint16Array(bytes.buffer, 2, 1);
  const list: unknown[] = [half];
  list.push(list);
  const when = new Date(0);
  const [first, options] = movedArgs([bytes, { list, kept, when, bytes, n: 1 }], [bytes.buffer]) as [
    Uint8Array,
    { list: unknown[]; kept: Uint8Array; when: Date; bytes: Uint8Array; n: number },
  ];
  expect([...first]).toEqual([1, 2, 3, 4]);
  expect(options.bytes).toBe(first);
  expect(options).toMatchObject({ kept, when, n: 1 });
  expect(options.kept).toBe(kept);
  expect(options.list[1]).toBe(options.list);
  first[2] = 7;
  expect(options.list[0]).toEqual(new Uint16Array(first.buffer, 2, 1));
  expect([bytes.byteLength, half.byteLength, kept.byteLength]).toEqual([0, 0, 1]);
});

test("views may be given for their buffers; what can't be moved is refused", () => {
  const bytes = new Uint8Array(8);
  expect(movedArgs([bytes], [bytes])).toEqual([new Uint8Array(8)]);
  const invalid = expect.objectContaining({ code: "OPTION_INVALID" });
  expect(() => movedArgs([bytes], [bytes.buffer])).toThrow(invalid);
  expect(() => movedArgs([], [{}])).toThrow(invalid);
});
