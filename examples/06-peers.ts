/**
 * Two peers, each a process of its own: the second joins by an invite and talks to a task of the first by its name.
 *
 * Run:  npm run example -- 06
 * See:
 *   first: an invite, and a second process
 *   second: "hello" has 5 letters
 *   second: "distributed" has 11 letters
 *   second: it counted 16 letters
 *   first: the second peer has left
 */
import { fileURLToPath } from "node:url";
import { command, locate, register, spawn, startPeer, type Steps, type TaskContext, type TaskRef } from "skein";

interface Question {
  readonly word: string;
  /** Where the answer goes: a reference is sent like any other value. */
  readonly from: TaskRef<number>;
}

/** At the first peer: counts the letters of each word, and says their sum when it is told to stop. */
function* letters(task: TaskContext<Question | "stop">): Steps<number> {
  let sum = 0;
  for (;;) {
    const question = yield* task.receive();
    if (question === "stop") return sum;
    sum += question.word.length;
    question.from.send(question.word.length);
  }
}

/** At the second: the same calls as to a task of its own process. */
function* ask(task: TaskContext<number | string>): Steps<void> {
  const counting = yield* locate<TaskRef<Question | "stop">>("letters", { timeoutMs: 10_000 });
  // Its end will come as this message.
  counting.monitor(task.ref, (exit) =>
    exit.type === "returned" ? `it counted ${String(exit.value)} letters` : exit.type,
  );
  for (const word of ["hello", "distributed"]) {
    counting.send({ word, from: task.ref });
    console.log(`"${word}" has ${yield* task.receive()} letters`);
  }
  yield* counting.deliver("stop"); // deliver waits until the other mailbox has it
  console.log(yield* task.receive());
}

async function first(): Promise<void> {
  await using peer = await startPeer({ name: "first", listen: ["127.0.0.1:0"] });
  const events = peer.events.values(); // who comes and goes, from now on
  register("letters", spawn(letters));
  console.log("first: an invite, and a second process");
  const invite = await peer.invite({ roles: ["peer"] });
  const other = command(process.execPath, [fileURLToPath(import.meta.url), invite]);
  for await (const line of other.lines()) console.log(`second: ${line}`);
  for await (const event of events) if (event.type === "lost") break;
  console.log("first: the second peer has left");
}

async function second(invite: string): Promise<void> {
  await using _peer = await startPeer({ name: "second", invite });
  await spawn(ask);
}

const [invite] = process.argv.slice(2);
await (invite === undefined ? first() : second(invite));
