import { beforeAll, expect, test } from "vitest";
import { installHostPlatform } from "../testing/host-platform.ts";
import { race } from "./combine.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import { each } from "./stream.ts";
import { fromWebStream, toWebStream } from "./web-stream.ts";

beforeAll(() => void installHostPlatform());

test("values go into a Web stream and come out of it, in order", async () => {
  const received = await spawn(function* read() {
    const values: number[] = [];
    yield* fromWebStream(toWebStream([1, 2, 3])).forEach((value) => void values.push(value));
    return values;
  });
  expect(received).toEqual([1, 2, 3]);
});

test("a Web stream takes values only as they are asked for", async () => {
  let taken = 0;
  function* source(): Generator<number> {
    for (;;) yield (taken += 1);
  }
  const stream = fromWebStream(toWebStream(source()));
  expect((await stream.next()).value).toBe(1);
  expect((await stream.next()).value).toBe(2);
  expect(taken).toBe(2);
});

test("a wait that is given up leaves its value for the next one", async () => {
  let give: (value: string) => void = () => {};
  const promise = new Promise<string>((resolve) => {
    give = resolve;
  });
  const web = fromWebStream(
    new ReadableStream<string>({
      async pull(controller) {
        controller.enqueue(await promise);
        controller.close();
      },
    }),
  );
  expect(await race([web.next(), sleep(5)])).toBeUndefined();
  async function* iterable(): AsyncGenerator<string> {
    yield await promise;
  }
  const iterated = each(iterable());
  expect(await race([iterated.next(), sleep(5)])).toBeUndefined();
  give("late");
  await sleep(5);
  expect(await web.next()).toEqual({ done: false, value: "late" });
  expect(await iterated.next()).toEqual({ done: false, value: "late" });
  expect(await web.next()).toEqual({ done: true, value: undefined });
  expect(await iterated.next()).toEqual({ done: true, value: undefined });
});

test("leaving a stream early cancels the Web stream, and ends the source of one", async () => {
  let cancelled = false;
  const readable = new ReadableStream<number>({
    pull: (controller) => controller.enqueue(1),
    cancel() {
      cancelled = true;
    },
  });
  for await (const value of fromWebStream(readable)) {
    expect(value).toBe(1);
    break;
  }
  expect(cancelled).toBe(true);
  let ended = false;
  function* source(): Generator<number> {
    try {
      for (;;) yield 1;
    } finally {
      ended = true;
    }
  }
  const web = toWebStream(source());
  const reader = web.getReader();
  await reader.read();
  await reader.cancel();
  expect(ended).toBe(true);
});

test("errors go through, both ways", async () => {
  function* broken(): Generator<number> {
    yield 1;
    throw new Error("broken");
  }
  const stream = fromWebStream(toWebStream(broken()));
  await stream.next();
  await expect(Promise.resolve(stream.next())).rejects.toThrow("broken");
});
