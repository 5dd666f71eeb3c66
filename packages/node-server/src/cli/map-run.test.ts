import { Writable } from "node:stream";
import type { MapExit, Pool } from "@skein/runtime";
import { expect, test } from "vitest";
import { LinePrinter } from "./line-printer.ts";
import type { Line } from "./map-lines.ts";
import { LineMap, type LineMapOptions } from "./map-run.ts";

const OPTIONS: LineMapOptions = {
  json: true,
  star: false,
  lines: false,
  ordered: true,
  onError: "stop",
  inFlight: 1000,
  chunk: "auto",
  retries: undefined,
  itemTimeoutMs: undefined,
  log: undefined,
  sayFailed: () => undefined,
};

/** Takes nothing while it is shut. */
class Reader extends Writable {
  text = "";
  readonly #waiting: (() => void)[] = [];
  #shut = true;

  override _write(chunk: Buffer, _encoding: string, taken: () => void): void {
    this.text += chunk.toString();
    if (this.#shut) this.#waiting.push(taken);
    else taken();
  }

  open(): void {
    this.#shut = false;
    for (const taken of this.#waiting.splice(0)) taken();
  }
}

/** Runs all in this process, each two items in the wrong order. */
function swappingPool(fn: (n: number) => unknown): Pool {
  const exitOf = (value: unknown, index: number): MapExit<unknown> => {
    try {
      return { type: "returned", value: fn(Number(value)), index };
    } catch (error) {
      return { type: "failed", error: error instanceof Error ? error : new Error("?"), index };
    }
  };
  async function* map(_fn: unknown, items: AsyncIterable<unknown>): AsyncGenerator<MapExit<unknown>> {
    let first: MapExit<unknown> | undefined;
    let index = 0;
    for await (const item of items) {
      const exit = exitOf(item, index);
      index += 1;
      if (first === undefined) first = exit;
      else {
        yield exit;
        yield first;
        first = undefined;
      }
    }
    if (first !== undefined) yield first;
  }
  // Of a pool it has what a map of lines uses.
  return { map } as unknown as Pool;
}

async function* lines(count: number, taken: { count: number }): AsyncGenerator<Line[]> {
  for (let number = 1; number <= count; number += 1) {
    taken.count = number;
    yield [{ number, text: String(number), bytes: 10, where: `line ${number}` }];
  }
}

const never = new AbortController().signal;

test("who doesn't read the results stops the taking of lines; nothing is lost by it", async () => {
  const reader = new Reader();
  const taken = { count: 0 };
  const wide = (n: number): string => String(n).padEnd(1000, ".");
  const map = new LineMap(new LinePrinter(reader, () => undefined), { ...OPTIONS, lines: true });
  const run = map.run(swappingPool(wide), wide, lines(5000, taken), never);
  for (let turn = 0; turn < 300; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(taken.count).toBeLessThan(1500);
  reader.open();
  expect(await run).toBeUndefined();
  expect(map).toMatchObject({ done: 5000, failed: 0, doneBytes: 50_000 });
  expect(reader.text.split("\n").slice(0, -1)).toEqual(Array.from({ length: 5000 }, (_, n) => wide(n + 1)));
});

test("the first failure in the order of lines ends it, and what came before it is printed", async () => {
  const fails = (n: number): number => {
    if (n === 41 || n === 42) throw new Error(`not ${n}`);
    return n;
  };
  const reader = new Reader();
  reader.open();
  const map = new LineMap(new LinePrinter(reader, () => undefined), OPTIONS);
  expect(await map.run(swappingPool(fails), fails, lines(5000, { count: 0 }), never)).toMatchObject({
    where: "line 41",
  });
  expect(reader.text.split("\n")).toHaveLength(41);
});
