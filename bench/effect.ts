/** What the benches of tasks measure, done with effect's fibers. */
import { Deferred, Effect, Fiber, Queue } from "effect";

const forkMany = (count: number, body: Effect.Effect<unknown>): Fiber.Fiber<unknown>[] => {
  const fibers: Fiber.Fiber<unknown>[] = [];
  for (let n = 0; n < count; n += 1) fibers.push(Effect.runFork(body));
  return fibers;
};

/** So many fibers that wait in their body; the result ends them. */
export async function parkFibers(count: number): Promise<() => Promise<void>> {
  const gate = Deferred.makeUnsafe<number>();
  const body = Effect.gen(function* () {
    return (yield* Deferred.await(gate)) + 1;
  });
  const fibers = forkMany(count, body);
  await new Promise((resolve) => setTimeout(resolve, 20));
  return async () => {
    await Effect.runPromise(Fiber.interruptAll(fibers));
  };
}

/** Creates and parks fibers; they are left as they are. */
export async function createFibers(count: number): Promise<number> {
  let parked = 0;
  await new Promise<void>((done) => {
    const body = Effect.gen(function* () {
      parked += 1;
      if (parked === count) done();
      yield* Effect.never;
    });
    forkMany(count, body);
  });
  return count;
}

/** `switches` turns taken in turn by `fibers`. */
export async function switchFibers(fibers: number, switches: number): Promise<number> {
  const count = switches / fibers;
  const body = Effect.gen(function* () {
    for (let n = 0; n < count; n += 1) yield* Effect.yieldNow;
  });
  await Effect.runPromise(Fiber.joinAll(forkMany(fibers, body)));
  return switches;
}

/** Round trips between two fibers by two queues. */
export async function pingPongFibers(trips: number): Promise<number> {
  await Effect.runPromise(
    Effect.gen(function* () {
      const there = yield* Queue.unbounded<number>();
      const back = yield* Queue.unbounded<number>();
      const other = yield* Effect.forkChild(
        Effect.gen(function* () {
          for (let n = 0; n < trips; n += 1) yield* Queue.offer(back, yield* Queue.take(there));
        }),
      );
      for (let n = 0; n < trips; n += 1) {
        yield* Queue.offer(there, n);
        yield* Queue.take(back);
      }
      yield* Fiber.join(other);
    }),
  );
  return trips;
}
