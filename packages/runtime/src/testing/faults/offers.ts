/** What a peer of a schedule has for the others: a task that takes messages, a channel, services. */
import type { Steps } from "../../contracts/operation.ts";
import { isSkeinError } from "../../errors.ts";
import { channel } from "../../message/channel.ts";
import { register } from "../../message/registry.ts";
import { service, type ServiceContext } from "../../message/service.ts";
import type { TaskContext } from "../../task/context.ts";
import { sleep } from "../../task/sleep.ts";
import { spawn } from "../../task/spawn.ts";
import type { TaskRef } from "../../task/task-ref.ts";
import { type LifeParts, type News, type Note, type Notice, random } from "./life.ts";

/** Registers it all under the peer's name. */
export function offer(task: TaskContext, parts: LifeParts): void {
  const { name } = parts;
  register(`sink ${name}`, task.spawn(take, [parts]));
  register(
    `echo ${name}`,
    service("echo", (own, call: string, ms: number) => echo(own, parts, call, ms)),
  );
  register(
    `work ${name}`,
    service("work", (_own, call: string, ms: number, fails: boolean) => work(parts, call, ms, fails)),
  );
  register(
    `count ${name}`,
    service("count", (own: ServiceContext<never, number>, call: string, to: number) => count(own, parts, call, to)),
  );
  const news = channel<News>(name);
  register(`news ${name}`, news);
  task.spawn(function* publish(): Steps<void> {
    for (let n = 1; !parts.calm(); n += 1) {
      news.publish({ channel: news.id, n });
      yield* sleep(parts.plan.paceMs * (0.5 + random(parts)));
    }
  });
}

function* take(own: TaskContext<Note>, parts: LifeParts): Steps<void> {
  const sink = own.ref.id;
  parts.record({ type: "sink", life: parts.life, sink });
  for (;;) {
    const { stream, n } = yield* own.receive();
    parts.record({ type: "received", sink, stream, n });
  }
}

/** Takes the notices of monitors. */
export function* notice(own: TaskContext<Notice>, parts: LifeParts): Steps<void> {
  for (;;) {
    const { monitor, exit } = yield* own.receive();
    const code = "error" in exit && isSkeinError(exit.error) ? { code: exit.error.code } : {};
    parts.record({ type: "notice", monitor, how: exit.type, ...code });
  }
}

/** Reads the channels it is subscribed to. */
export function* read(own: TaskContext<News>, parts: LifeParts): Steps<void> {
  const reader = own.ref.id;
  for (;;) {
    const { channel: from, n } = yield* own.receive();
    parts.record({ type: "heard", channel: from, reader, n });
  }
}

function* echo(own: TaskContext, parts: LifeParts, call: string, ms: number): Steps<string> {
  parts.record({ type: "executed", call });
  yield* own.sleep(ms);
  return call;
}

/** Starts a task that ends by itself, and gives its reference. */
function work(parts: LifeParts, call: string, ms: number, fails: boolean): TaskRef {
  parts.record({ type: "executed", call });
  const worker = spawn(workFor, [parts, ms, fails]);
  // Whoever monitors it is told of its failure; here nobody is concerned.
  spawn(function* () {
    yield* worker.exit();
  });
  parts.record({ type: "worker", life: parts.life, worker: worker.ref.id });
  return worker.ref;
}

function* workFor(own: TaskContext, parts: LifeParts, ms: number, fails: boolean): Steps<void> {
  yield* own.sleep(ms);
  parts.record({ type: "worker ended", worker: own.ref.id, how: fails ? "failed" : "returned" });
  if (fails) throw new RangeError("as asked");
}

function* count(own: ServiceContext<never, number>, parts: LifeParts, call: string, to: number): Steps<number> {
  parts.record({ type: "executed", call });
  for (let n = 1; n <= to; n += 1) {
    yield* own.emit(n);
    if (n % 10 === 0) yield* own.sleep(random(parts) * 20);
  }
  return to;
}
