/** Locking and unlocking: alone, and with ten tasks that want the same mutex; beside a promise chain that does the same. */
import { Mutex, spawn, type Steps, type TaskContext, all } from "skein";
import { runBench } from "./harness.ts";

const ALONE = 1_000_000;
const TASKS = 10;
const ROUNDS = 50_000;

function* lockAlone(_task: TaskContext, mutex: Mutex, count: number): Steps<void> {
  for (let left = count; left > 0; left -= 1) {
    const lock = yield* mutex.lock();
    lock[Symbol.dispose]();
  }
}

function* lockAndGiveWay(task: TaskContext, mutex: Mutex, count: number): Steps<void> {
  for (let left = count; left > 0; left -= 1) {
    const lock = yield* mutex.lock();
    yield* task.pause();
    lock[Symbol.dispose]();
  }
}

/** The usual promise mutex: each waits for the promise of the one before. */
class PromiseMutex {
  #tail: Promise<void> = Promise.resolve();

  async lock(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#tail;
    this.#tail = promise;
    await before;
    return resolve;
  }
}

async function promiseLocks(mutex: PromiseMutex, count: number, giveWay: boolean): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    const unlock = await mutex.lock();
    if (giveWay) await Promise.resolve();
    unlock();
  }
}

export async function run(): Promise<void> {
  await runBench({
    bench: "mutex",
    unit: "1/s",
    peerName: "promise chain",
    ours: async () => {
      await spawn(lockAlone, [new Mutex(), ALONE]);
      return ALONE;
    },
    peer: async () => {
      await promiseLocks(new PromiseMutex(), ALONE, false);
      return ALONE;
    },
  });
  await runBench({
    bench: "mutex-contended",
    unit: "1/s",
    peerName: "promise chain",
    ours: async () => {
      const mutex = new Mutex();
      await all(Array.from({ length: TASKS }, () => spawn(lockAndGiveWay, [mutex, ROUNDS])));
      return TASKS * ROUNDS;
    },
    peer: async () => {
      const mutex = new PromiseMutex();
      await Promise.all(Array.from({ length: TASKS }, () => promiseLocks(mutex, ROUNDS, true)));
      return TASKS * ROUNDS;
    },
  });
}
