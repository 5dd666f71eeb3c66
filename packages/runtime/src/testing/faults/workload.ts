/** What the peers of a schedule do with each other while things go wrong, and the record of it. */
import type { Exit } from "../../contracts/exit.ts";
import type { Operation, Steps } from "../../contracts/operation.ts";
import { errorFrom, isSkeinError } from "../../errors.ts";
import { locate, register } from "../../message/registry.ts";
import { type Service, service } from "../../message/service.ts";
import type { PeerHost } from "../../peer/peer-host.ts";
import type { TaskContext } from "../../task/context.ts";
import { sleep } from "../../task/sleep.ts";
import { spawn } from "../../task/spawn.ts";
import type { TaskRef } from "../../task/task-ref.ts";
import type { PeerProgram } from "../simulator/types.ts";
import type { HistoryEvent, Life } from "./history.ts";

/** Leaves `atMs` to the recorder; distributes over the kinds of events. */
type Recorded<E = HistoryEvent> = E extends HistoryEvent ? Omit<E, "atMs"> : never;

interface Note {
  readonly stream: string;
  readonly n: number;
}

interface Notice {
  readonly monitor: string;
  readonly exit: Exit<unknown>;
}

type EchoService = Service<[call: string, ms: number], string>;
type WorkService = Service<[call: string, ms: number, fails: boolean], TaskRef>;

/** How long a name is looked for. */
const FIND_MS = 15_000;
const CALL_MOST_MS = 20_000;
/** Most messages sent in one go. */
const BURST = 12;

export class Workload {
  readonly history: HistoryEvent[] = [];
  readonly #names: readonly string[];
  readonly #paceMs: number;
  readonly #lives = new Map<string, Life>();
  #calm = false;

  constructor(names: readonly string[], paceMs: number) {
    this.#names = names;
    this.#paceMs = paceMs;
  }

  /** The present life of a peer; the last one, while it is crashed. */
  lifeOf(name: string): Life | undefined {
    return this.#lives.get(name);
  }

  /** Nobody begins anything new. */
  calmDown(): void {
    this.#calm = true;
  }

  record(atMs: number, event: Recorded): void {
    this.history.push({ atMs, ...event });
  }

  program(name: string): PeerProgram<never> {
    return (task, peer) => new LifeOf(this, this.#begin(name, peer), name, peer, this.#paceMs).run(task, this.#names);
  }

  get calm(): boolean {
    return this.#calm;
  }

  #begin(name: string, peer: PeerHost): Life {
    const before = Number(this.#lives.get(name)?.split(":")[1] ?? 0);
    const life = `${name}:${before + 1}`;
    this.#lives.set(name, life);
    this.record(peer.platform.now(), { type: "started", life, peer: peer.id });
    return life;
  }
}

/** Whom a life talks to. */
interface Other {
  readonly name: string;
  readonly stream: string;
  n: number;
  sink: TaskRef<Note> | undefined;
  echo: EchoService | undefined;
  work: WorkService | undefined;
}

/** One life of a peer: takes messages, and sends, delivers, calls and monitors. */
class LifeOf {
  readonly #workload: Workload;
  readonly #life: Life;
  readonly #name: string;
  readonly #peer: PeerHost;
  readonly #paceMs: number;
  readonly #others = new Map<string, Other>();
  #serial = 0;

  constructor(workload: Workload, life: Life, name: string, peer: PeerHost, paceMs: number) {
    this.#workload = workload;
    this.#life = life;
    this.#name = name;
    this.#peer = peer;
    this.#paceMs = paceMs;
  }

  *run(task: TaskContext, names: readonly string[]): Steps<void> {
    task.spawn(() => this.#watchPeers());
    const sink = task.spawn((own: TaskContext<Note>) => this.#take(own));
    register(`sink ${this.#name}`, sink);
    const watcher = task.spawn((own: TaskContext<Notice>) => this.#notice(own));
    register(
      `echo ${this.#name}`,
      service("echo", (own, call: string, ms: number) => this.#echo(own, call, ms)),
    );
    register(
      `work ${this.#name}`,
      service("work", (_own, call: string, ms: number, fails: boolean) => this.#work(call, ms, fails)),
    );
    for (const name of names) {
      if (name === this.#name) continue;
      const stream = `${this.#life}>${name}`;
      const other: Other = { name, stream, n: 0, sink: undefined, echo: undefined, work: undefined };
      this.#others.set(name, other);
      task.spawn((own) => this.#talk(own, other, watcher.ref));
    }
    yield* task.suspend();
  }

  #record(event: Recorded): void {
    this.#workload.record(this.#peer.platform.now(), event);
  }

  #random(): number {
    return this.#peer.platform.random();
  }

  #newId(): string {
    this.#serial += 1;
    return `${this.#life}#${this.#serial}`;
  }

  *#watchPeers(): Steps<void> {
    const names = new Map<string, string>();
    yield* this.#peer.events.values().forEach((event) => {
      if (!("peer" in event)) return;
      if ("name" in event) names.set(event.peer, event.name);
      this.#record({ type: "peer", life: this.#life, about: event.peer, event: event.type });
      const other = this.#others.get(names.get(event.peer) ?? "");
      if (event.type === "lost" && other !== undefined) forget(other);
    });
  }

  *#take(own: TaskContext<Note>): Steps<void> {
    const sink = own.ref.id;
    this.#record({ type: "sink", life: this.#life, sink });
    for (;;) {
      const { stream, n } = yield* own.receive();
      this.#record({ type: "received", sink, stream, n });
    }
  }

  *#notice(own: TaskContext<Notice>): Steps<void> {
    for (;;) {
      const { monitor, exit } = yield* own.receive();
      const code = "error" in exit && isSkeinError(exit.error) ? { code: exit.error.code } : {};
      this.#record({ type: "notice", monitor, how: exit.type, ...code });
    }
  }

  *#echo(own: TaskContext, call: string, ms: number): Steps<string> {
    this.#record({ type: "executed", call });
    yield* own.sleep(ms);
    return call;
  }

  /** Starts a task that ends by itself, and gives its reference. */
  #work(call: string, ms: number, fails: boolean): TaskRef {
    this.#record({ type: "executed", call });
    const worker = spawn((own: TaskContext) => this.#workFor(own, ms, fails));
    // Whoever monitors it is told of its failure; here nobody is concerned.
    spawn(function* () {
      yield* worker.exit();
    });
    this.#record({ type: "worker", life: this.#life, worker: worker.ref.id });
    return worker.ref;
  }

  *#workFor(own: TaskContext, ms: number, fails: boolean): Steps<void> {
    yield* own.sleep(ms);
    this.#record({ type: "worker ended", worker: own.ref.id, how: fails ? "failed" : "returned" });
    if (fails) throw new RangeError("as asked");
  }

  *#talk(task: TaskContext, other: Other, watcher: TaskRef<Notice>): Steps<void> {
    while (!this.#workload.calm) {
      yield* sleep(this.#paceMs * (0.1 + 1.8 * this.#random()));
      const chance = this.#random();
      if (chance < 0.7) yield* this.#say(task, other, chance < 0.4);
      else if (chance < 0.85) yield* this.#call(task, other);
      else yield* this.#monitor(other, watcher);
    }
  }

  *#say(task: TaskContext, other: Other, sends: boolean): Steps<void> {
    other.sink ??= yield* this.#findSink(other);
    const ref = other.sink;
    if (ref === undefined) return;
    if (sends) this.#send(other, ref, 1 + Math.floor(this.#random() * BURST));
    else if (this.#random() < 0.5) yield* this.#deliver(other, ref);
    // What acts has acted: in order with what follows, whoever waits for it.
    else task.spawn(waitFor, [this.#deliver(other, ref)]);
  }

  *#findSink(other: Other): Steps<TaskRef<Note> | undefined> {
    const begunMs = this.#peer.platform.now();
    const life = this.#life;
    try {
      const ref = yield* locate<TaskRef<Note>>(`sink ${other.name}`, { timeoutMs: FIND_MS });
      this.#record({ type: "located", life, begunMs, sink: ref.id });
      return ref;
    } catch (error) {
      this.#record({ type: "located", life, begunMs, code: codeOf(error) });
      return undefined;
    }
  }

  #send(other: Other, ref: TaskRef<Note>, count: number): void {
    const { stream } = other;
    for (let left = count; left > 0; left -= 1) {
      other.n += 1;
      try {
        ref.send({ stream, n: other.n });
      } catch {
        // Refused: the program knows.
        forget(other);
        return;
      }
      this.#record({ type: "sent", life: this.#life, stream, n: other.n, sink: ref.id });
    }
  }

  /** Delivers now; the steps wait for the answer. */
  #deliver(other: Other, ref: TaskRef<Note>): Steps<void> {
    other.n += 1;
    const { n } = other;
    this.#record({ type: "delivering", life: this.#life, stream: other.stream, n, sink: ref.id });
    const timeoutMs = 100 + Math.floor(this.#random() * CALL_MOST_MS);
    // Some have no limit: they end when the message is there, or the peer is lost.
    const options = this.#random() < 0.3 ? {} : { timeoutMs };
    return this.#delivered(other, n, ref.deliver({ stream: other.stream, n }, options));
  }

  *#delivered(other: Other, n: number, delivering: Operation<void>): Steps<void> {
    const { stream } = other;
    try {
      yield* delivering;
      this.#record({ type: "delivered", stream, n });
    } catch (error) {
      this.#record({ type: "undelivered", stream, n, code: codeOf(error) });
      if (!isSkeinError(error, "TIMEOUT")) forget(other);
    }
  }

  *#call(task: TaskContext, other: Other): Steps<void> {
    other.echo ??= yield* find<EchoService>(`echo ${other.name}`);
    const { echo } = other;
    if (echo === undefined) return;
    const call = this.#newId();
    const timeoutMs = this.#calling(call);
    const answer = echo.call([call, Math.floor(this.#random() * 1000)], { timeoutMs });
    const answered = this.#answered(other, call, answer);
    if (this.#random() < 0.5) yield* answered;
    else task.spawn(waitFor, [answered]);
  }

  *#monitor(other: Other, watcher: TaskRef<Notice>): Steps<void> {
    other.work ??= yield* find<WorkService>(`work ${other.name}`);
    const { work } = other;
    if (work === undefined) return;
    const call = this.#newId();
    const timeoutMs = this.#calling(call);
    const args = [call, Math.floor(this.#random() * 30_000), this.#random() < 0.3] as const;
    const worker = yield* this.#answered(other, call, work.call([...args], { timeoutMs }));
    if (worker === undefined) return;
    const monitor = this.#newId();
    this.#record({ type: "monitored", life: this.#life, monitor, worker: worker.id });
    worker.monitor(watcher, (exit) => ({ monitor, exit }));
  }

  #calling(call: string): number {
    const timeoutMs = 200 + Math.floor(this.#random() * CALL_MOST_MS);
    this.#record({ type: "calling", life: this.#life, call, timeoutMs });
    return timeoutMs;
  }

  *#answered<T>(other: Other, call: string, answer: Operation<T>): Steps<T | undefined> {
    try {
      const value = yield* answer;
      this.#record({ type: "answered", call });
      return value;
    } catch (error) {
      this.#record({ type: "answered", call, code: codeOf(error) });
      if (!isSkeinError(error, "TIMEOUT")) forget(other);
      return undefined;
    }
  }
}

/** What was found of a peer may be gone: look for it again. */
function forget(other: Other): void {
  other.sink = undefined;
  other.echo = undefined;
  other.work = undefined;
}

function* waitFor(_task: TaskContext, steps: Steps<unknown>): Steps<void> {
  yield* steps;
}

function* find<S extends Service<never, unknown>>(name: string): Steps<S | undefined> {
  try {
    return yield* locate<S>(name, { timeoutMs: FIND_MS });
  } catch {
    return undefined;
  }
}

const codeOf = (thrown: unknown): string => {
  const error = errorFrom(thrown);
  return isSkeinError(error) ? error.code : error.name;
};

/** One peer tries to reach another: finds it, and delivers something. */
export function* reach(_task: TaskContext, workload: Workload, life: Life, peer: PeerHost, name: string): Steps<void> {
  const nowMs = (): number => peer.platform.now();
  try {
    const ref = yield* locate<TaskRef<Note>>(`sink ${name}`, { timeoutMs: REACH_MS });
    const stream = `${life}>>${name}`;
    workload.record(nowMs(), { type: "delivering", life, stream, n: 1, sink: ref.id });
    yield* ref.deliver({ stream, n: 1 }, { timeoutMs: REACH_MS });
    workload.record(nowMs(), { type: "delivered", stream, n: 1 });
    workload.record(nowMs(), { type: "reached", life, peer: name });
  } catch (error) {
    workload.record(nowMs(), { type: "unreached", life, peer: name, code: codeOf(error) });
  }
}

/** How long it may take to reach somebody when nothing is wrong. */
const REACH_MS = 30_000;
