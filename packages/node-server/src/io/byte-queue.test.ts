import fc from "fast-check";
import { expect, test } from "vitest";
import { cutLine } from "./byte-cuts.ts";
import { ByteQueue } from "./byte-queue.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (chunk: Uint8Array): string => new TextDecoder().decode(chunk);

test("bytes come out in the order in which they went in, cut where the reader wants", () => {
  const queue = new ByteQueue();
  for (const chunk of ["ab", "cde", "f"]) queue.push(bytes(chunk));
  expect(text(queue.take(4))).toBe("abcd");
  expect(text(queue.takeSome(10))).toBe("e");
  expect(text(queue.takeSome(10))).toBe("f");
  expect(queue.takeSome(10).length).toBe(0);
});

test("a newline is found across chunks, also after bytes were put back", () => {
  const queue = new ByteQueue();
  queue.push(bytes("one"));
  expect(queue.findNewline()).toBe(-1);
  queue.push(bytes("\ntwo\n"));
  expect(queue.findNewline()).toBe(3);
  const line = queue.take(4);
  expect(queue.findNewline()).toBe(3);
  queue.unshift(line);
  expect(queue.findNewline()).toBe(3);
  expect(queue.size).toBe(8);
});

test("peeking takes nothing", () => {
  const queue = new ByteQueue();
  queue.push(bytes("ab"));
  queue.push(bytes("cd"));
  const header = new Uint8Array(3);
  queue.peek(header);
  expect(text(header)).toBe("abc");
  expect(queue.size).toBe(4);
});

test("any cutting of any chunks gives the same bytes, and newlines where they are", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 20 }).map((chunk) => chunk.map((byte) => byte % 12))),
      fc.array(fc.nat(12)),
      (chunks, cuts) => {
        const queue = new ByteQueue();
        const whole = Buffer.concat(chunks);
        let pushed = 0;
        let taken = 0;
        const out: Uint8Array[] = [];
        for (const [index, chunk] of chunks.entries()) {
          queue.push(chunk);
          pushed += chunk.length;
          const newline = whole.subarray(taken, pushed).indexOf(10);
          expect(queue.findNewline()).toBe(newline);
          const piece = queue.take(Math.min(cuts[index] ?? 0, queue.size));
          if (index % 3 === 2 && piece.length > 0) queue.unshift(piece);
          else {
            taken += piece.length;
            out.push(piece);
          }
          expect(queue.size).toBe(pushed - taken);
        }
        out.push(queue.take(queue.size));
        expect(Buffer.concat(out).equals(whole)).toBe(true);
      },
    ),
  );
});

test("lines come out the same however the bytes were cut, mixed with other reads", () => {
  const part = fc.constantFrom("a", "bc", "é", "😀", "\n", "\r\n", "\r", "longer text ");
  fc.assert(
    fc.property(fc.array(part), fc.array(fc.nat(7)), fc.array(fc.nat(4)), (parts, cuts, mix) => {
      const whole = Buffer.concat(parts.map((text) => Buffer.from(text)));
      const queue = new ByteQueue();
      const expected = new ByteQueue();
      expected.push(whole);
      let at = 0;
      for (const cut of [...cuts, whole.length]) {
        queue.push(whole.subarray(at, at + cut));
        at = Math.min(whole.length, at + cut);
      }
      const line = cutLine(1000);
      for (const choice of [...mix, 1, 1, 1, 1, 1, 1, 1, 1]) {
        if (choice === 0 && queue.size > 0) {
          const count = Math.min(3, queue.size);
          expect(Buffer.from(queue.take(count)).equals(expected.take(count))).toBe(true);
          continue;
        }
        // The other queue cuts each line by itself.
        const length = expected.findNewline() + 1;
        const bytes = length === 0 ? undefined : Buffer.from(expected.take(length));
        const cut = line(queue, false);
        expect(cut?.type === "taken" ? cut.value : undefined).toBe(bytes?.toString().replace(/\r?\n$/, ""));
        if (choice === 2 && cut?.type === "taken" && bytes !== undefined) {
          queue.unshift(cut.bytes.subarray(cut.from, cut.to));
          expected.unshift(bytes);
        }
        expect(queue.size).toBe(expected.size);
      }
    }),
    { numRuns: 500 },
  );
});
