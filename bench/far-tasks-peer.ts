/** Second process of the remote benches: a peer with an echoing task and one that counts. */
import { register, spawn, startPeer, type Steps, type TaskContext, type TaskRef } from "skein";

interface Ask {
  readonly from: TaskRef<unknown>;
  readonly value: unknown;
}

function* echo(task: TaskContext<Ask>): Steps<never> {
  for (;;) {
    const { from, value } = yield* task.receive();
    from.send(value);
  }
}

/** Answers with how many came before the one that asks. */
function* count(task: TaskContext<unknown>): Steps<never> {
  let n = 0;
  for (;;) {
    const message = yield* task.receive();
    if (typeof message === "object" && message !== null && "from" in message) {
      // Only the bench sends here: what has a `from` is an Ask.
      (message as Ask).from.send(n);
      n = 0;
    } else n += 1;
  }
}

const peer = await startPeer({ listen: ["127.0.0.1:0"] });
register("echo", spawn(echo, [], { mailboxLimit: 1_000_000 }));
register("count", spawn(count, [], { mailboxLimit: 1_000_000 }));
console.log(await peer.invite({ roles: ["peer"] }));
process.stdin.resume();
process.stdin.once("end", () => process.exit(0));
