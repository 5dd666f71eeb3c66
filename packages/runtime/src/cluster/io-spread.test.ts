import { expect, test } from "vitest";
import { IO_SPREAD_MS, IO_TABS_LIMIT } from "../defaults.ts";
import { type LeaseId, type NodeId } from "../ids.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { Deque } from "../deque.ts";
import { IoSpread, ioSlots } from "./io-spread.ts";
import { type Lease, LeaseBook } from "./lease.ts";
import { type Run } from "./run.ts";
import { type Want } from "./want.ts";

/** Tasks for these tabs, of which none has a server that is ready. */
function spread(open: number, ...names: readonly string[]) {
  const clock = new VirtualClock();
  const book = new LeaseBook<Run>();
  let pumps = 0;
  const io = new IoSpread({ platform: virtualPlatform({ clock }), book, pumpSoon: () => (pumps += 1) });
  const tabs = new Set(names as readonly NodeId[]); // only told apart here
  const want: Want = {
    n: 2,
    kind: "io",
    beside: false,
    on: "tab",
    needs: undefined,
    node: undefined,
    server: undefined,
    key: "tabs",
    text: "at tabs",
    queue: new Deque<Run>(),
    open,
    told: 0,
    peak: 0,
    absentMs: undefined,
    dead: 0,
    placed: true,
    limits: new Map(),
    tabs,
    late: new Set(),
    lack: undefined,
  };
  want.queue.push({} as Run); // only counted here
  const ready = (name: string): Lease<Run> => {
    const lease = book.add(`l_${name}` as LeaseId, "io", { peer: name as NodeId, server: 65 }, 2, true);
    book.stand(lease, "ready");
    return lease;
  };
  return { clock, want, ready, most: () => io.most(want, () => true), pumps: () => pumps };
}

test("of tasks for several tabs, the first tab that is ready takes its share, and waits so long for the others", async () => {
  const { clock, want, ready, most, pumps } = spread(10, "a", "b", "c");
  ready("a");
  expect(most()).toBe(4);
  ready("b");
  expect(most()).toBe(4);
  await clock.advance(IO_SPREAD_MS);
  expect(pumps()).toBe(1);
  expect(most()).toBe(Infinity);
  // Nothing waits for the late one again, and when it is there it takes part.
  await clock.advance(1);
  expect([most(), want.late.size]).toEqual([Infinity, 1]);
  ready("c");
  expect([most(), want.late.size]).toEqual([Infinity, 0]);
});

test("a task for one of several tabs waits for one only, and many tasks ask for no more tabs than the limit", () => {
  const one = spread(1, "a", "b");
  one.ready("a");
  expect([ioSlots(one.want), one.most()]).toEqual([1, Infinity]);
  const names = Array.from({ length: 2 * IO_TABS_LIMIT }, (_, n) => `tab ${n}`);
  expect(ioSlots(spread(1000, ...names).want)).toBe(IO_TABS_LIMIT);
  expect(spread(1000, "a").most()).toBeUndefined();
});
