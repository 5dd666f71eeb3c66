/** What a job's task emits, as a stream, with its result. */
import { type Operation } from "../contracts/operation.ts";
import { type CallBuffer } from "../message/call-buffer.ts";
import { NextValue } from "../message/next-value.ts";
import { StreamOf } from "../task/stream.ts";
import { type RemoteTask } from "./remote-task.ts";

/** Implements `ResultStream<E, R, M>`; leaving it cancels the task. */
export class RunStream extends StreamOf<unknown> {
  readonly result: Operation<unknown>;
  readonly task: RemoteTask<unknown>;

  constructor(run: RemoteTask<unknown>, buffer: CallBuffer) {
    super(
      () => new NextValue(buffer),
      () => {
        // In this order: it hears that it is cancelled, then that nobody takes its values.
        void run.cancel("its stream was left");
        buffer.leave();
      },
    );
    this.result = run;
    this.task = run;
  }
}
