import { all, isSkeinError, op, type Operation, race, runtime, sleep } from "@skein/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { nodePlatform } from "../platform/installed.ts";
import { cutExactly, cutLine, frameHeader } from "./byte-cuts.ts";
import { ByteReader, type ByteSource } from "./byte-reader.ts";
import { ReadWait } from "./read-wait.ts";

nodePlatform();

/** A source that only notes whether it is wanted. */
class Source implements ByteSource {
  wanted = false;
  want(): void {
    this.wanted = true;
  }
  enough(): void {
    this.wanted = false;
  }
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const turns = (count: number): Operation<undefined> =>
  op(function* wait() {
    for (let left = count; left > 0; left -= 1) yield* sleep(0);
    return undefined;
  });

test("receivers that give up in any order lose no byte", async () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 20 });
  const reads = fc.array(fc.record({ count: fc.integer({ min: 1, max: 12 }), patience: fc.nat(3) }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(chunks, reads, async (given, tries) => {
      const reader = new ByteReader({ what: "test", source: new Source() });
      const received: Uint8Array[] = [];
      const feed = async (): Promise<void> => {
        for (const chunk of given) {
          await turns(1);
          reader.push(chunk);
        }
        reader.end();
      };
      const read = async (): Promise<void> => {
        for (const { count, patience } of tries) {
          const operation = count % 2 === 0 ? reader.exactly(count) : reader.some(count);
          try {
            received.push((await race([operation, turns(patience)])) ?? new Uint8Array());
          } catch (error) {
            expect(isSkeinError(error, "CONNECTION_LOST")).toBe(true); // the end in the middle of a count
          }
        }
        for (let rest = await reader.some(9); rest !== undefined; rest = await reader.some(9)) received.push(rest);
      };
      await Promise.all([feed(), read()]);
      expect(Buffer.concat(received).equals(Buffer.concat(given))).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("receivers are served first come, first served, and one that gives up lets the next one have its bytes", async () => {
  const reader = new ByteReader({ what: "test", source: new Source() });
  const first = Promise.resolve(race([reader.exactly(10), turns(3)]));
  const second = Promise.resolve(reader.exactly(2));
  await turns(1);
  reader.push(bytes("ab"));
  expect(await first).toBeUndefined();
  expect(await second).toEqual(bytes("ab"));
});

test("readers combined in a race or an all take each byte once, in order", async () => {
  const reader = new ByteReader({ what: "test", source: new Source() });
  const raced = Promise.resolve(race([reader.line(), reader.line(), reader.line()]));
  const behind = Promise.resolve(reader.line());
  await turns(1);
  reader.push(bytes("one\ntwo\nthree\n"));
  expect(await raced).toBe("one");
  expect(await behind).toBe("two");
  expect(await race([reader.line(), reader.line()])).toBe("three");

  const both = Promise.resolve(all([reader.line(), reader.line()]));
  const inner = Promise.resolve(race([race([reader.line(), reader.some(1)]), reader.exactly(2)]));
  await turns(1);
  reader.push(bytes("four\nfive\nsix\nseven\n"));
  expect(await both).toEqual(["four", "five"]);
  expect(await inner).toBe("six");
  expect(await reader.line()).toBe("seven");
});

test("what several readers took and nobody wanted comes back in its order, before anybody else reads on", async () => {
  const reader = new ByteReader({ what: "test", source: new Source() });
  // The first one can't be served; those behind it could be, once it has left.
  const given = Promise.resolve(race([reader.exactly(10), reader.exactly(2), reader.exactly(1), turns(3)]));
  const behind = Promise.resolve(reader.line());
  await turns(1);
  reader.push(bytes("abcd\n"));
  expect(await given).toBeUndefined();
  expect(await behind).toBe("abcd");

  const taken = [cutExactly(2), cutExactly(1)].map((cut) => new ReadWait(reader, "read", cut, (got) => got, undefined));
  const next = new ReadWait(reader, "read", cutLine(9), (got) => got, undefined);
  for (const wait of [...taken, next]) wait.start({ resume() {} }, runtime.engine);
  reader.push(bytes("efg"));
  for (const wait of taken) wait.giveUp();
  reader.push(bytes("\n"));
  expect(next.take()).toBe("efg");
});

test("a source is wanted while somebody waits, or while the buffer has room to read ahead", async () => {
  const onDemand = new Source();
  const reader = new ByteReader({ what: "test", source: onDemand });
  reader.start();
  expect(onDemand.wanted).toBe(false);
  const waiting = Promise.resolve(reader.line());
  await turns(1);
  expect(onDemand.wanted).toBe(true);
  reader.push(bytes("line\nrest"));
  expect(onDemand.wanted).toBe(false);
  expect(await waiting).toBe("line");

  const ahead = new Source();
  const eager = new ByteReader({ what: "test", source: ahead, readAhead: true });
  eager.start();
  expect(ahead.wanted).toBe(true);
  eager.push(new Uint8Array(70_000));
  expect(ahead.wanted).toBe(false);
  await eager.some(70_000);
  expect(ahead.wanted).toBe(true);
});

test("an end for now is the end for those who wait, and not for those who come later", async () => {
  const reader = new ByteReader({ what: "test", source: new Source() });
  const waiting = Promise.resolve(reader.line());
  await turns(1);
  reader.endForNow();
  expect(await waiting).toBeUndefined();
  const later = Promise.resolve(reader.line());
  reader.push(bytes("more\n"));
  expect(await later).toBe("more");
});

test("a source that broke gives its last bytes, then its error, also in the middle of a frame", async () => {
  const reader = new ByteReader({ what: "test", source: new Source() });
  reader.push(frameHeader(3));
  reader.push(bytes("abc"));
  reader.push(frameHeader(9));
  reader.end(() => new Error("broken"));
  expect(await reader.frame()).toEqual(bytes("abc"));
  await expect(Promise.resolve(reader.frame())).rejects.toThrow("broken");
  expect(await reader.some(10)).toEqual(frameHeader(9));
  await expect(Promise.resolve(reader.some(10))).rejects.toThrow("broken");
});

test("a source that broke in the middle of a line has not ended it: the error, and the bytes for who takes some", async () => {
  const reader = new ByteReader({ what: "test", source: new Source() });
  reader.push(bytes("whole\nhalf a li"));
  reader.end(() => new Error("broken"));
  expect(await reader.line()).toBe("whole");
  await expect(Promise.resolve(reader.line())).rejects.toThrow("broken");
  expect(await reader.some(20)).toEqual(bytes("half a li"));
});
