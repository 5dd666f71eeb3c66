import { expect, test } from "vitest";
import { OFFLOAD_IDLE_MS } from "../defaults.ts";
import type { Platform } from "../platform.ts";
import { OffloadPool, type Thread, type ThreadEvents, type ThreadJob } from "./offload-pool.ts";

interface Call {
  readonly key: string;
  readonly name: string;
}

/** Threads that do what the test says, and timers that run when it says. */
class Fake {
  readonly log: string[] = [];
  readonly running = new Map<string, ThreadEvents>();
  readonly timers = new Map<number, () => void>();
  refuses: string | undefined;
  #started = 0;
  readonly pool: OffloadPool<Call>;

  constructor(threads: number) {
    let timer = 0;
    const platform: Pick<Platform, "startTimer" | "stopTimer"> = {
      startTimer: (delayMs, callback) => {
        expect(delayMs).toBe(OFFLOAD_IDLE_MS);
        timer += 1;
        this.timers.set(timer, callback);
        return timer;
      },
      stopTimer: (handle) => void this.timers.delete(handle as number), // what startTimer gave
    };
    // The pool uses nothing else of it.
    this.pool = new OffloadPool(platform as Platform, { threads, start: (call, events) => this.#start(call, events) });
  }

  submit(name: string, options: { threads?: number; key?: string } = {}): ThreadJob<Call> {
    const job: ThreadJob<Call> = {
      call: { key: options.key ?? "", name },
      threads: options.threads ?? this.pool.threads,
      settle: (value) => void this.log.push(`${name} gave ${String(value)}`),
      fail: (error) => void this.log.push(`${name} failed: ${(error as Error).message}`),
    };
    this.pool.submit(job);
    return job;
  }

  done(name: string, value: unknown = "it"): void {
    this.running.get(name)?.done({ value });
  }

  #start(_call: Call, events: ThreadEvents): Thread<Call> {
    this.#started += 1;
    const id = this.#started;
    this.log.push(`start ${id}`);
    return {
      run: (call) => {
        if (this.refuses === call.name) throw new Error("can't be sent");
        this.log.push(`${call.name} on ${id}`);
        this.running.set(call.name, events);
      },
      end: () => void this.log.push(`end ${id}`),
    };
  }
}

test("threads are started as needed up to the bound, and used again", () => {
  const fake = new Fake(2);
  for (const name of ["a", "b", "c"]) fake.submit(name);
  expect(fake.pool.counts).toEqual({ busy: 2, idle: 0, queued: 1 });
  fake.done("b");
  fake.done("c");
  fake.submit("d");
  expect(fake.log).toEqual(["start 1", "a on 1", "start 2", "b on 2", "c on 2", "b gave it", "c gave it", "d on 2"]);
});

test("calls start in the order they came", () => {
  const fake = new Fake(1);
  for (const name of ["a", "b", "c"]) fake.submit(name);
  fake.done("a");
  fake.done("b");
  fake.done("c");
  expect(fake.log.filter((line) => line.includes(" on "))).toEqual(["a on 1", "b on 1", "c on 1"]);
});

test("a call that allows more threads starts where others have to wait", () => {
  const fake = new Fake(1);
  fake.submit("a");
  fake.submit("b");
  fake.submit("wide", { threads: 2 });
  expect(fake.log.at(-1)).toBe("wide on 2");
  fake.submit("wider", { threads: 2 });
  fake.done("a");
  // One is still busy: too many for b, but not for the other.
  expect(fake.log.at(-2)).toBe("wider on 1");
  fake.done("wide");
  fake.done("wider");
  expect(fake.log.at(-2)).toMatch("b on ");
  expect(fake.pool.counts.busy).toBe(1);
});

test("a withdrawn call leaves the queue, or ends its thread, which is replaced when needed", () => {
  const fake = new Fake(1);
  const a = fake.submit("a");
  const b = fake.submit("b");
  fake.submit("c");
  fake.pool.withdraw(b);
  fake.pool.withdraw(a);
  fake.pool.withdraw(a);
  expect(fake.log).toEqual(["start 1", "a on 1", "end 1", "start 2", "c on 2"]);
  expect(fake.pool.counts).toEqual({ busy: 1, idle: 0, queued: 0 });
});

test("a thread that dies fails its call and leaves room for the next", () => {
  const fake = new Fake(1);
  fake.submit("a");
  fake.submit("b");
  fake.running.get("a")?.lost(new Error("died"));
  expect(fake.log).toEqual(["start 1", "a on 1", "end 1", "start 2", "b on 2", "a failed: died"]);
});

test("a call that can't be sent fails, and its thread stays good", () => {
  const fake = new Fake(1);
  fake.refuses = "a";
  fake.submit("a");
  fake.submit("b");
  expect(fake.log).toEqual(["start 1", "a failed: can't be sent", "b on 1"]);
});

test("an idle thread ends after a while, one that is used doesn't", () => {
  const fake = new Fake(2);
  fake.submit("a");
  fake.submit("b");
  fake.done("a");
  fake.done("b");
  fake.submit("c");
  expect(fake.timers.size).toBe(1);
  for (const callback of fake.timers.values()) callback();
  expect(fake.log.at(-1)).toBe("end 2");
  expect(fake.pool.counts).toEqual({ busy: 1, idle: 0, queued: 0 });
});

test("an idle thread of another key makes room when the bound is reached", () => {
  const fake = new Fake(1);
  fake.submit("a", { key: "one" });
  fake.done("a");
  fake.submit("b", { key: "two" });
  expect(fake.log).toEqual(["start 1", "a on 1", "a gave it", "end 1", "start 2", "b on 2"]);
});

test("a hundred thousand calls in the queue cost the same each", () => {
  const fake = new Fake(1);
  const jobs = Array.from({ length: 100_000 }, (_, index) => fake.submit(String(index)));
  expect(() => fake.submit("too many")).not.toThrow();
  expect(() => fake.submit("one more")).toThrow(expect.objectContaining({ code: "LINK_OVERLOADED" }));
  for (const job of jobs.slice(1).toReversed()) fake.pool.withdraw(job);
  expect(fake.pool.counts.queued).toBe(1);
});
