/** Round trips of a message between two tasks. */
import { createQueue, run as runEffection, spawn as spawnEffection } from "effection";
import { spawn, type Steps, type Task, type TaskContext } from "skein";
import { pingPongFibers } from "./effect.ts";
import { runBench } from "./harness.ts";

const TRIPS = 1_000_000;
const EFFECTION_TRIPS = 50_000;

interface Players {
  ping?: Task<void, number>;
  pong?: Task<void, number>;
}

function* answer(task: TaskContext<number>, players: Players): Steps<void> {
  for (;;) {
    const n = yield* task.receive();
    if (n < 0) return;
    players.ping?.send(n);
  }
}

function* ask(task: TaskContext<number>, players: Players): Steps<void> {
  for (let n = 0; n < TRIPS; n += 1) {
    players.pong?.send(n);
    yield* task.receive();
  }
  players.pong?.send(-1);
}

async function ours(): Promise<number> {
  const players: Players = {};
  players.pong = spawn(answer, [players]);
  players.ping = spawn(ask, [players]);
  await players.ping;
  return TRIPS;
}

async function effection(): Promise<number> {
  await runEffection(function* () {
    const there = createQueue<number, void>();
    const back = createQueue<number, void>();
    const other = yield* spawnEffection(function* () {
      for (let n = 0; n < EFFECTION_TRIPS; n += 1) {
        const step = yield* there.next();
        if (step.done !== true) back.add(step.value);
      }
    });
    for (let n = 0; n < EFFECTION_TRIPS; n += 1) {
      there.add(n);
      yield* back.next();
    }
    yield* other;
  });
  return EFFECTION_TRIPS;
}

/** A promise-based mailbox, as programs write it by hand. */
class Box {
  #waiting: ((value: number) => void) | undefined;
  readonly #values: number[] = [];

  send(value: number): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#values.push(value);
    else waiting(value);
  }

  receive(): Promise<number> | number {
    return this.#values.shift() ?? new Promise((resolve) => (this.#waiting = resolve));
  }
}

async function promises(): Promise<number> {
  const [there, back] = [new Box(), new Box()];
  const other = (async () => {
    for (let n = 0; n < TRIPS; n += 1) back.send(await there.receive());
  })();
  for (let n = 0; n < TRIPS; n += 1) {
    there.send(n);
    await back.receive();
  }
  await other;
  return TRIPS;
}

export async function run(): Promise<void> {
  await runBench({ bench: "task-pingpong", ours, peer: effection, peerName: "effection 4", unit: "1/s" });
  await runBench({
    bench: "task-pingpong",
    ours,
    peer: () => pingPongFibers(EFFECTION_TRIPS),
    peerName: "effect 4",
    unit: "1/s",
  });
  await runBench({ bench: "task-pingpong", ours, peer: promises, peerName: "promises", unit: "1/s" });
}
