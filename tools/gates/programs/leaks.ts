/** Does a million of each and prints by how many bytes the heap grew: run by the gate `task-leaks`. */
import { all, channel, Mutex, race, sleep, spawn, type Steps, type Task, type TaskContext } from "skein";

const COUNT = 1_000_000;
const AT_ONCE = 10_000;

function* one(task: TaskContext<number>): Steps<number> {
  return yield* task.receive();
}

function* tasks(task: TaskContext): Steps<void> {
  for (let round = 0; round < COUNT / AT_ONCE; round += 1) {
    const children: Task<number, number>[] = [];
    for (let n = 0; n < AT_ONCE; n += 1) children.push(task.spawn(one));
    yield* task.pause();
    for (const [n, child] of children.entries()) if (n % 10 === 0) void child.cancel();
    for (const child of children) child.send(1);
    for (const child of children) yield* child.exit();
  }
}

function* sleeper(_task: TaskContext, n: number): Steps<void> {
  yield* race([sleep(n % 20), sleep(60_000)]);
}

function* timers(task: TaskContext): Steps<void> {
  for (let round = 0; round < COUNT / AT_ONCE / 2; round += 1) {
    yield* all(Array.from({ length: AT_ONCE }, (_, n) => task.spawn(sleeper, [n])));
  }
}

function* take(task: TaskContext<number>, count: number): Steps<void> {
  for (let n = 0; n < count; n += 1) {
    yield* n % 3 === 0 ? task.receive({ timeoutMs: 60_000 }) : task.receive();
  }
}

function* messages(task: TaskContext): Steps<void> {
  const news = channel<number>("news");
  const taker = task.spawn(take, [COUNT]);
  yield* news.subscribe(taker.ref);
  const mutex = new Mutex();
  for (let n = 0; n < COUNT; n += 1) {
    if (n % 2 === 0) news.publish(n);
    else yield* taker.deliver(n);
    if (n % 1000 === 0) {
      using _lock = yield* mutex.lock();
      yield* task.pause();
    }
  }
  yield* taker;
  yield* news.close();
}

async function asyncTasks(): Promise<void> {
  const body = async (task: TaskContext<number>): Promise<number> => await task.receive();
  for (let round = 0; round < COUNT / AT_ONCE / 10; round += 1) {
    const some = Array.from({ length: AT_ONCE }, () => spawn(body));
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (const task of some) task.send(1);
    await all(some);
  }
}

async function settledHeap(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (let pass = 0; pass < 6; pass += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

for (const [name, work] of Object.entries({ tasks, timers, messages })) {
  // Once before, so that code is compiled and queues have their size.
  await spawn(work);
  const before = await settledHeap();
  await spawn(work);
  console.log(`${name} ${(await settledHeap()) - before}`);
}
await asyncTasks();
const before = await settledHeap();
await asyncTasks();
console.log(`async-tasks ${(await settledHeap()) - before}`);
