/** Tasks of the second processes of the remote benches. */
import type { ServiceContext, Steps, TaskContext, TaskRef } from "skein";

interface Ask {
  readonly from: TaskRef<unknown>;
  readonly value: unknown;
}

/** Sends each value back to where it came from. */
export function* echo(task: TaskContext<Ask>): Steps<never> {
  for (;;) {
    const { from, value } = yield* task.receive();
    from.send(value);
  }
}

/** Answers with how many came before the one that asks. */
export function* count(task: TaskContext<unknown>): Steps<never> {
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

/** What the service answers, at once. */
export const square = (_task: ServiceContext, n: number): number => n * n;
