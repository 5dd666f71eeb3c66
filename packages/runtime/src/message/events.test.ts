import { beforeAll, expect, test } from "vitest";
import { spawn } from "../task/spawn.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { channel } from "./channel.ts";
import { publishEvents } from "./events.ts";

beforeAll(() => void installHostPlatform());

class Moved extends Event {
  readonly x: number;
  constructor(x: number) {
    super("moved");
    this.x = x;
  }
}
const xOf = ({ x }: Moved): number | undefined => (x < 0 ? undefined : x);

test("events come out of a channel as messages, until it is disposed", async () => {
  const target = new EventTarget();
  const moves = channel<number>();
  const values = moves.values();
  const published = publishEvents(target, "moved", moves, xOf);
  for (const x of [1, -1, 2]) target.dispatchEvent(new Moved(x));
  published[Symbol.dispose]();
  target.dispatchEvent(new Moved(3));
  await moves.close();
  const received = await spawn(function* read() {
    const all: number[] = [];
    yield* values.forEach((x) => void all.push(x));
    return all;
  });
  expect(received).toEqual([1, 2]);
});

test("an event that a subscriber has no room for is dropped and counted; after the channel's end nothing listens", async () => {
  const target = new EventTarget();
  const moves = channel<number>("moves", { bufferLimit: 1 });
  const values = moves.values();
  using published = publishEvents(target, "moved", moves, xOf);
  for (const x of [1, 2, 3]) target.dispatchEvent(new Moved(x));
  expect(published.dropped).toBe(2);
  expect((await values.next()).value).toBe(1);
  await moves.close();
  target.dispatchEvent(new Moved(4));
  target.dispatchEvent(new Moved(5));
  expect(published.dropped).toBe(2);
});

test("a signal ends it too", () => {
  const target = new EventTarget();
  const seen: number[] = [];
  const controller = new AbortController();
  const note = ({ x }: Moved): undefined => void seen.push(x);
  publishEvents(target, "moved", channel<number>(), note, { signal: controller.signal });
  target.dispatchEvent(new Moved(1));
  controller.abort();
  target.dispatchEvent(new Moved(2));
  expect(seen).toEqual([1]);
});
