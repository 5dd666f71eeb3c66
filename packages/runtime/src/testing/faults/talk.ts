/** What one peer of a schedule does with another: sends, delivers, calls, monitors, reads. */
import type { Operation, Steps } from "../../contracts/operation.ts";
import { isSkeinError } from "../../errors.ts";
import { locate } from "../../message/registry.ts";
import type { TaskContext } from "../../task/context.ts";
import { sleep } from "../../task/sleep.ts";
import type { TaskRef } from "../../task/task-ref.ts";
import {
  codeOf,
  type LifeParts,
  type News,
  type Note,
  type Notice,
  nowMs,
  type Offers,
  pickBelow,
  random,
} from "./life.ts";

/** How long a name is looked for. */
const FIND_MS = 15_000;
const CALL_MOST_MS = 20_000;
/** Most messages sent in one go. */
const BURST = 12;
/** Most values of one stream of results: more than may be under way. */
const STREAM_MOST = 300;
/** Goes by bulk. */
const LARGE_BYTES = 300 * 1024;

/** Own tasks that the other sends to. */
export interface Receivers {
  readonly notices: TaskRef<Notice>;
  readonly news: TaskRef<News>;
}

export class Talk {
  readonly #parts: LifeParts;
  readonly #other: string;
  readonly #receivers: Receivers;
  readonly #stream: string;
  readonly #newId: () => string;
  #n = 0;
  /** What was found of the other. */
  #found: { -readonly [K in keyof Offers]?: Offers[K] } = {};
  #subscribed = false;

  constructor(parts: LifeParts, other: string, receivers: Receivers, newId: () => string) {
    this.#parts = parts;
    this.#other = other;
    this.#receivers = receivers;
    this.#stream = `${parts.life}>${other}`;
    this.#newId = newId;
  }

  /** What was found of the other may be gone: look for it again. */
  forget(): void {
    this.#found = {};
    this.#subscribed = false;
  }

  *run(task: TaskContext): Steps<void> {
    const parts = this.#parts;
    while (!parts.calm()) {
      yield* sleep(parts.plan.paceMs * (0.1 + 1.8 * random(parts)));
      if (!this.#subscribed) yield* this.#subscribe();
      const chance = random(parts);
      if (chance < 0.65) yield* this.#say(task, chance < 0.35);
      else if (chance < 0.83) yield* this.#call(task);
      else if (chance < 0.85) yield* this.#readResults(task);
      else yield* this.#monitor();
    }
  }

  *#find<K extends Exclude<keyof Offers, "sink">>(kind: K): Steps<Offers[K] | undefined> {
    const known = this.#found[kind];
    if (known !== undefined) return known;
    try {
      const found = yield* locate<Offers[K]>(`${kind} ${this.#other}`, { timeoutMs: FIND_MS });
      this.#found[kind] = found;
      return found;
    } catch {
      return undefined;
    }
  }

  *#findSink(): Steps<TaskRef<Note> | undefined> {
    if (this.#found.sink !== undefined) return this.#found.sink;
    const { life } = this.#parts;
    const begunMs = nowMs(this.#parts);
    try {
      const ref = yield* locate<TaskRef<Note>>(`sink ${this.#other}`, { timeoutMs: FIND_MS });
      this.#parts.record({ type: "located", life, begunMs, sink: ref.id });
      this.#found.sink = ref;
      return ref;
    } catch (error) {
      this.#parts.record({ type: "located", life, begunMs, code: codeOf(error) });
      return undefined;
    }
  }

  *#subscribe(): Steps<void> {
    const news = yield* this.#find("news");
    if (news === undefined) return;
    try {
      yield* news.subscribe(this.#receivers.news, { timeoutMs: FIND_MS });
      this.#subscribed = true;
    } catch {
      this.forget();
    }
  }

  *#say(task: TaskContext, sends: boolean): Steps<void> {
    const ref = yield* this.#findSink();
    if (ref === undefined) return;
    if (sends) this.#send(ref, 1 + pickBelow(this.#parts, BURST));
    else if (random(this.#parts) < 0.5) yield* this.#deliver(ref);
    // What acts has acted: in order with what follows, whoever waits for it.
    else task.spawn(waitFor, [this.#deliver(ref)]);
  }

  #note(): Note {
    this.#n += 1;
    const note = { stream: this.#stream, n: this.#n };
    const large = this.#parts.plan.large && random(this.#parts) < 0.02;
    return large ? { ...note, body: new Uint8Array(LARGE_BYTES) } : note;
  }

  #send(ref: TaskRef<Note>, count: number): void {
    const { life } = this.#parts;
    for (let left = count; left > 0; left -= 1) {
      const note = this.#note();
      try {
        ref.send(note);
      } catch {
        // Refused: the program knows.
        this.forget();
        return;
      }
      this.#parts.record({ type: "sent", life, stream: note.stream, n: note.n, sink: ref.id });
    }
  }

  /** Delivers now; the steps wait for the answer. */
  #deliver(ref: TaskRef<Note>): Steps<void> {
    const note = this.#note();
    const { stream, n } = note;
    this.#parts.record({ type: "delivering", life: this.#parts.life, stream, n, sink: ref.id });
    const timeoutMs = 100 + pickBelow(this.#parts, CALL_MOST_MS);
    // Some have no limit: they end when the message is there, or the peer is lost.
    const options = random(this.#parts) < 0.3 ? {} : { timeoutMs };
    return this.#delivered(stream, n, ref.deliver(note, options));
  }

  *#delivered(stream: string, n: number, delivering: Operation<void>): Steps<void> {
    try {
      yield* delivering;
      this.#parts.record({ type: "delivered", stream, n });
    } catch (error) {
      this.#parts.record({ type: "undelivered", stream, n, code: codeOf(error) });
      if (!isSkeinError(error, "TIMEOUT")) this.forget();
    }
  }

  *#call(task: TaskContext): Steps<void> {
    const echo = yield* this.#find("echo");
    if (echo === undefined) return;
    const { call, timeoutMs } = this.#calling();
    const answered = this.#answered(call, echo.call([call, pickBelow(this.#parts, 1000)], { timeoutMs }));
    if (random(this.#parts) < 0.5) yield* answered;
    else task.spawn(waitFor, [answered]);
  }

  *#readResults(task: TaskContext): Steps<void> {
    const count = yield* this.#find("count");
    if (count === undefined) return;
    const { call, timeoutMs } = this.#calling();
    const to = 1 + pickBelow(this.#parts, STREAM_MOST);
    const values = count.stream([call, to], { timeoutMs });
    const parts = this.#parts;
    const each = values.forEach((n) => parts.record({ type: "emitted", call, n }));
    const reading = this.#streamed(call, to, each, values.result);
    if (random(parts) < 0.5) yield* reading;
    else task.spawn(waitFor, [reading]);
  }

  *#streamed(call: string, count: number, each: Operation<void>, result: Operation<number>): Steps<void> {
    try {
      yield* each;
      yield* result;
      this.#parts.record({ type: "streamed", call, count });
      this.#parts.record({ type: "answered", call });
    } catch (error) {
      const code = codeOf(error);
      this.#parts.record({ type: "streamed", call, count, code });
      this.#parts.record({ type: "answered", call, code });
      if (code !== "TIMEOUT") this.forget();
    }
  }

  *#monitor(): Steps<void> {
    const work = yield* this.#find("work");
    if (work === undefined) return;
    const { call, timeoutMs } = this.#calling();
    const [ms, fails] = [pickBelow(this.#parts, 30_000), random(this.#parts) < 0.3];
    const worker = yield* this.#answered(call, work.call([call, ms, fails], { timeoutMs }));
    if (worker === undefined) return;
    const monitor = this.#newId();
    this.#parts.record({ type: "monitored", life: this.#parts.life, monitor, worker: worker.id });
    worker.monitor(this.#receivers.notices, (exit) => ({ monitor, exit }));
  }

  #calling(): { readonly call: string; readonly timeoutMs: number } {
    const call = this.#newId();
    const timeoutMs = 200 + pickBelow(this.#parts, CALL_MOST_MS);
    this.#parts.record({ type: "calling", life: this.#parts.life, call, timeoutMs });
    return { call, timeoutMs };
  }

  *#answered<T>(call: string, answer: Operation<T>): Steps<T | undefined> {
    try {
      const value = yield* answer;
      this.#parts.record({ type: "answered", call });
      return value;
    } catch (error) {
      const code = codeOf(error);
      this.#parts.record({ type: "answered", call, code });
      if (code !== "TIMEOUT") this.forget();
      return undefined;
    }
  }
}

function* waitFor(_task: TaskContext, steps: Steps<unknown>): Steps<void> {
  yield* steps;
}
