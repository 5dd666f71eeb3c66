/**
 * Waiting for several things: all of them, the first, not too long; and what a cancel does.
 *
 * Run:  npm run example -- 02
 * See:
 *   all: tea and toast, after the slower of the two
 *   race: coffee was first, the tea was given up
 *   the kettle is switched off
 *   deadline: TIMEOUT
 *   the guest leaves, and takes the dog along: out of the door
 *   the dog is put on its lead
 *   settled: returned, failed, cancelled
 */
import { all, deadline, isSkeinError, race, settled, spawn, type Steps, type TaskContext } from "skein";

/** A task is a function whose first argument is the task. It waits with yield*. */
function* make(task: TaskContext, what: string, ms: number): Steps<string> {
  yield* task.sleep(ms);
  return what;
}

function* kettle(task: TaskContext): Steps<string> {
  try {
    return yield* make(task, "tea", 60_000);
  } finally {
    // This runs however the task ends. It may wait, too.
    yield* task.sleep(1);
    console.log("the kettle is switched off");
  }
}

function* breakfast(task: TaskContext): Steps<void> {
  // Children run at once, beside each other. Joining one is waiting for it.
  const both = yield* all([task.spawn(make, ["tea", 20]), task.spawn(make, ["toast", 10])]);
  console.log(`all: ${both.join(" and ")}, after the slower of the two`);

  const tea = task.spawn(kettle);
  const first = yield* race([tea, task.spawn(make, ["coffee", 5])]);
  console.log(`race: ${first} was first, the tea was given up`);
  // Giving up a wait does not end what was waited for; cancel does.
  yield* tea.cancel("we have coffee");

  try {
    yield* deadline(10, task.spawn(make, ["an egg", 50]));
  } catch (error) {
    console.log(`deadline: ${isSkeinError(error) ? error.code : String(error)}`);
  }
}

/** Children never outlive their parent: cancelling the guest cancels the dog. */
function* guest(task: TaskContext): Steps<void> {
  task.spawn(function* dog(inner: TaskContext): Steps<void> {
    try {
      yield* inner.suspend();
    } finally {
      console.log("the dog is put on its lead");
    }
  });
  try {
    yield* task.suspend();
  } finally {
    console.log("the guest leaves, and takes the dog along: out of the door");
  }
}

await spawn(breakfast);

const staying = spawn(guest);
const failing = spawn(function* burn(task: TaskContext): Steps<void> {
  yield* task.sleep(5);
  throw new Error("the toast is burnt");
});
const waiting = settled([spawn(make, ["juice", 5]), failing, staying]);
spawn(function* host(task: TaskContext): Steps<void> {
  yield* task.sleep(10);
  yield* staying.cancel("it is late");
});
const exits = await waiting;
console.log(`settled: ${exits.map((exit) => exit.type).join(", ")}`);
