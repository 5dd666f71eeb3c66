import { expect, test } from "vitest";
import type { Exit } from "../contracts/exit.ts";
import type { Steps } from "../contracts/operation.ts";
import { isSkeinError } from "../errors.ts";
import { locate, register } from "../message/registry.ts";
import { type Service, service, type ServiceContext } from "../message/service.ts";
import type { TaskContext } from "../task/context.ts";
import { sleep } from "../task/sleep.ts";
import { simulate } from "../testing/simulator/simulate.ts";
import type { World } from "../testing/simulator/types.ts";
import { MINUTE_MS, SECOND_MS } from "../units.ts";
import { seeds } from "../../test/rounds.ts";

type Counting = Service<[count: number], number, number>;
const COUNT = 40;

function* count(task: ServiceContext<never, number>, to: number): Steps<number> {
  for (let n = 1; n <= to; n += 1) {
    yield* task.emit(n);
    yield* task.sleep(100);
  }
  return to;
}

function* offer(task: TaskContext): Steps<void> {
  register("count", service("count", count));
  yield* task.suspend();
}

interface Seen {
  readonly id: string;
  readonly values: readonly number[];
  readonly result: string;
}

/** Calls again and again; says what it saw of each call, and what its monitor was told. */
function* call(
  task: TaskContext<{ readonly id: string; readonly exit: Exit<number> }>,
  untilMs: number,
): Steps<Report> {
  const counting = yield* locate<Counting>("count", { timeoutMs: MINUTE_MS });
  const told = new Map<string, Exit<number>[]>();
  const seen: Seen[] = [];
  let service = counting;
  let watch = service.monitor(task.ref, (exit, ref) => ({ id: ref.id, exit }));
  for (let startedMs = 0; startedMs < untilMs; startedMs += 500) {
    const stream = service.stream([COUNT]);
    const values: number[] = [];
    let result: string;
    try {
      yield* stream.forEach((n) => values.push(n));
      result = `returned ${yield* stream.result}`;
    } catch (error) {
      result = isSkeinError(error) ? error.code : String(error);
    }
    seen.push({ id: stream.task.id, values, result });
    if (result.startsWith("returned")) continue;
    // Its process may be another one by now.
    watch[Symbol.dispose]();
    service = yield* locate<Counting>("count");
    watch = service.monitor(task.ref, (exit, ref) => ({ id: ref.id, exit }));
    yield* sleep(200);
  }
  yield* sleep(SECOND_MS);
  for (;;) {
    const notice = task.tryReceive();
    if (notice === undefined) break;
    told.set(notice.id, [...(told.get(notice.id) ?? []), notice.exit]);
  }
  return { seen, told };
}

interface Report {
  readonly seen: readonly Seen[];
  readonly told: ReadonlyMap<string, readonly Exit<number>[]>;
}

async function run(seed: number, faults: (world: World) => Promise<void>): Promise<Report> {
  const options = { seed, peers: { a: offer, b: () => undefined, c: () => undefined } };
  return await simulate(options, async (world) => {
    await world.advance(SECOND_MS);
    const calling = world.peer("b").spawn(call, [20_000]);
    await faults(world);
    const report = await calling;
    // What was called for somebody who is lost is not left behind.
    await world.until(
      () =>
        world
          .peer("a")
          .peer.runtime.tasks()
          .every(({ name }) => name !== "count"),
      {
        timeoutMs: 2 * MINUTE_MS,
      },
    );
    return report;
  });
}

/** Nothing doubled, nothing out of order, nothing missing before the end that it says. */
function check({ seen, told }: Report): void {
  for (const { id, values, result } of seen) {
    expect(values).toEqual(Array.from({ length: values.length }, (_, n) => n + 1));
    if (result.startsWith("returned")) expect([values.length, result]).toEqual([COUNT, `returned ${COUNT}`]);
    expect(told.get(id)?.length).toBe(1);
  }
}

test.each(seeds(5))("calls go on where they were after their connection broke (seed %i)", async (seed) => {
  const report = await run(seed, async (world) => {
    for (let n = 0; n < 8; n += 1) {
      await world.advance(1000 + world.random() * 4000);
      world.cut("a", "b", { oneEnd: world.random() < 0.5 });
    }
  });
  check(report);
  for (const { result } of report.seen) expect(result).toBe(`returned ${COUNT}`);
});

test.each(seeds(5, 6))("calls end once when their peer is lost, and are called again (seed %i)", async (seed) => {
  const report = await run(seed, async (world) => {
    await world.advance(2000 + world.random() * 5000);
    world.crash("a", { silent: world.random() < 0.5 });
    await world.advance(5000);
    await world.restart("a");
    await world.advance(40_000 + world.random() * 20_000);
    world.partition("a", "b");
    await world.advance(60_000);
    world.heal();
  });
  check(report);
  const results = report.seen.map(({ result }) => result);
  expect(results).toContain(`returned ${COUNT}`);
  expect(results.filter((result) => !result.startsWith("returned")).length).toBeGreaterThan(0);
  for (const result of results) expect(result).toMatch(/^(returned 40|PEER_LOST|SERVICE_CLOSED)$/);
});
