import { describe, expect, test } from "vitest";
import type { Role } from "../contracts/endpoint.ts";
import type { Exit } from "../contracts/exit.ts";
import type { Steps } from "../contracts/operation.ts";
import { type SkeinError, isSkeinError } from "../errors.ts";
import { memoryLinks } from "../link/memory.ts";
import { lookup, register } from "../message/registry.ts";
import { type Service, service, type ServiceContext } from "../message/service.ts";
import { all, settled } from "../task/combine.ts";
import type { TaskContext } from "../task/context.ts";
import { createRuntime, type Runtime } from "../task/runtime.ts";
import { sleep } from "../task/sleep.ts";
import { spawn } from "../task/spawn.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { codecOf } from "./codec-of.ts";
import type { PeerHost } from "./peer-host.ts";
import { createServerRouter } from "./server-router.ts";
import { memoryPeers } from "../../test/memory-peers.ts";
import { rounds } from "../../test/rounds.ts";

const CALLS = rounds(10_000);

const { peerIn, platform } = memoryPeers();

function serverBehind(peer: PeerHost, server: number): Runtime {
  const runtime = createRuntime({ platform });
  const [here, there] = memoryLinks(platform);
  peer.attachServer(server, here, () => true);
  createServerRouter({ runtime, link: there, self: { peer: peer.id, server } });
  return runtime;
}

/** Who offers and who calls, by where they are; and what ends the process that offers. */
interface Place {
  readonly name: string;
  readonly make: () => Promise<{ readonly offers: Runtime; readonly calls: Runtime }>;
}

const PLACES: readonly Place[] = [
  {
    name: "in one process",
    make: async () => {
      const runtime = createRuntime({ platform });
      return { offers: runtime, calls: runtime };
    },
  },
  {
    name: "at another peer",
    make: async () => {
      const owner = await peerIn();
      const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
      return { offers: owner.runtime, calls: guest.runtime };
    },
  },
  {
    name: "in a server process of another peer",
    make: async () => {
      const owner = await peerIn();
      const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
      return { offers: serverBehind(owner, 1), calls: guest.runtime };
    },
  },
  {
    name: "at a peer, called by a server process",
    make: async () => {
      const owner = await peerIn();
      const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
      return { offers: owner.runtime, calls: serverBehind(guest, 2) };
    },
  },
];

const within = async <T>(runtime: Runtime, body: () => T): Promise<T> => {
  const [made] = await spawn(() => [body()] as const, [], { runtime });
  return made;
};

const failure = async (work: PromiseLike<unknown>): Promise<string> =>
  await Promise.resolve(work).then(
    () => "nothing failed",
    (error: unknown) => (isSkeinError(error) ? error.code : String(error)),
  );

interface Ends {
  readonly offers: Runtime;
  readonly calls: Runtime;
}

/** A service made at one end, as the other gets it in a message. */
async function offered<A extends readonly unknown[], R, E = never, M = never>(
  { offers, calls }: Ends,
  make: () => Service<A, R, E, M>,
): Promise<{ readonly made: Service<A, R, E, M>; readonly got: Service<A, R, E, M> }> {
  const made = await within(offers, make);
  if (offers === calls) return { made, got: made };
  // What the codec of one end encodes, that of the other decodes.
  return { made, got: codecOf(calls).decode(codecOf(offers).encode(made)) as Service<A, R, E, M> };
}

const countdown = function* (task: ServiceContext<never, number>, from: number): Steps<string> {
  for (let n = from; n > 0; n -= 1) yield* task.emit(n);
  return "lift-off";
};

describe.each(PLACES)("a service $name", ({ make }) => {
  test("gives results, errors and what is undefined", async () => {
    const ends = await make();
    const { got } = await offered(ends, () =>
      service("divide", (_task, a: number, b?: number) => {
        if (b === undefined) return undefined;
        if (b === 0) throw new RangeError("by nothing");
        return a / b;
      }),
    );
    expect(await got.call([6, 3])).toBe(2);
    expect(await got.call([6])).toBe(undefined);
    expect(await failure(got.call([6, 0]))).toBe("RangeError: by nothing");
    expect(got.name).toBe("divide");
  });

  test("loses none of thousands of instant calls, nor mixes them up", async () => {
    const ends = await make();
    const { got } = await offered(ends, () => service("double", (_task, n: number) => n * 2));
    const results = await all(Array.from({ length: CALLS }, (_, n) => got.call([n])));
    expect(results).toEqual(Array.from({ length: CALLS }, (_, n) => n * 2));
  });

  test("runs a task that is sent to, monitored, joined and cancelled by its reference", async () => {
    const ends = await make();
    const { got } = await offered(ends, () =>
      service("sum", function* (task: ServiceContext<number | "stop">) {
        let sum = 0;
        for (;;) {
          const message = yield* task.receive();
          if (message === "stop") return sum;
          sum += message;
        }
      }),
    );
    const exits = await spawn(
      function* (task: TaskContext<Exit<unknown>>) {
        const first = got.start();
        first.ref.monitor(task.ref, (exit) => exit);
        for (let n = 1; n <= 100; n += 1) first.send(n);
        yield* first.deliver("stop");
        expect(yield* first).toBe(5050);
        const second = got.start();
        task.monitor(second, (exit) => exit);
        second.send(1);
        yield* second.cancel("enough");
        return [yield* task.receive(), yield* task.receive(), yield* second.exit()];
      },
      [],
      { runtime: ends.calls },
    );
    expect(exits).toEqual([
      { type: "returned", value: 5050 },
      { type: "cancelled", reason: "enough" },
      { type: "cancelled", reason: "enough" },
    ]);
  });

  test("tells a monitor that comes when the call has ended", async () => {
    const ends = await make();
    const { got } = await offered(ends, () => service("instant", () => "done"));
    const call = got.start();
    await call;
    const exits = await spawn(
      function* (task: TaskContext<Exit<unknown>>) {
        call.ref.monitor(task.ref, (exit) => exit);
        call.monitor(task.ref, (exit) => exit);
        return [yield* task.receive(), yield* task.receive(), yield* call.ref.exit()];
      },
      [],
      { runtime: ends.calls },
    );
    expect(exits).toEqual(Array.from({ length: 3 }, () => ({ type: "returned", value: "done" })));
  });

  test("tells a monitor the end of every call, however it ends", async () => {
    const ends = await make();
    const { got } = await offered(ends, () =>
      service("divide", (_task, a: number, b: number) => {
        if (b === 0) throw new RangeError("by nothing");
        return a / b;
      }),
    );
    const seen = await spawn(
      function* (task: TaskContext<{ readonly exit: Exit<number>; readonly of: string }>) {
        const stop = got.monitor(task.ref, (exit, ref) => ({ exit, of: ref.id }));
        const calls = [4, 2, 0].map((b) => got.start([4, b]));
        const told = new Map<string, Exit<number>>();
        while (told.size < 3) {
          const { exit, of } = yield* task.receive();
          told.set(of, exit);
        }
        stop[Symbol.dispose]();
        yield* got.call([1, 1]);
        expect(task.tryReceive()).toBe(undefined);
        return calls.map(({ id }) => told.get(id));
      },
      [],
      { runtime: ends.calls },
    );
    expect(seen).toMatchObject([
      { type: "returned", value: 1 },
      { type: "returned", value: 2 },
      { type: "failed", error: { name: "RangeError", message: "by nothing" } },
    ]);
  });

  test("streams what it emits, in order, then ends with its result", async () => {
    const ends = await make();
    const { got } = await offered(ends, () => service("countdown", countdown));
    const [values, result] = await spawn(
      function* () {
        const stream = got.stream([1000]);
        const values: number[] = [];
        yield* stream.forEach((n) => values.push(n));
        return [values, yield* stream.result] as const;
      },
      [],
      { runtime: ends.calls },
    );
    expect(values).toEqual(Array.from({ length: 1000 }, (_, n) => 1000 - n));
    expect(result).toBe("lift-off");
    // Called for its result alone, it emits to nobody.
    expect(await got.call([1000])).toBe("lift-off");
  });

  test("waits in emit for a slow reader, and is cancelled when its reader leaves", async () => {
    const ends = await make();
    let emitted = 0;
    let ended = "";
    const { got } = await offered(ends, () =>
      service("endless", function* (task: ServiceContext<never, number>): Steps<void> {
        try {
          for (;;) {
            yield* task.emit(emitted);
            emitted += 1;
          }
        } finally {
          ended = "cancelled";
        }
      }),
    );
    const stream = got.stream();
    const got10: number[] = [];
    for await (const n of stream) {
      got10.push(n);
      if (n === 9) await sleep(50);
      if (n === 9) break;
    }
    expect(got10).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await failure(stream.result)).toBe("TASK_CANCELLED");
    await expect.poll(() => ended).toBe("cancelled");
    // 256 unread and the ten read.
    expect(emitted).toBeLessThanOrEqual(256 + 10);
  });

  test("throws what the function threw at the stream's reader, after what was emitted before", async () => {
    const ends = await make();
    const { got } = await offered(ends, () =>
      service("breaks", function* (task: ServiceContext<never, string>): Steps<void> {
        yield* task.emit("one");
        yield* task.emit("two");
        throw new RangeError("as asked");
      }),
    );
    const values: string[] = [];
    const reading = (async () => {
      for await (const value of got.stream()) values.push(value);
    })();
    expect(await failure(reading)).toBe("RangeError: as asked");
    expect(values).toEqual(["one", "two"]);
  });

  test("runs so many calls at a time, the others in the order in which they came", async () => {
    const ends = await make();
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const { got } = await offered(ends, () =>
      service(
        "slow",
        function* (task, n: number) {
          running += 1;
          most = Math.max(most, running);
          order.push(n);
          yield* task.sleep(1);
          running -= 1;
          return n;
        },
        { concurrency: 3 },
      ),
    );
    const calls = Array.from({ length: 20 }, (_, n) => got.start([n]));
    const waiting = calls[10];
    await waiting?.cancel("not needed");
    const exits = await settled(calls);
    expect(most).toBe(3);
    expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n).filter((n) => n !== 10));
    expect(exits.map(({ type }) => type)).toEqual(
      Array.from({ length: 20 }, (_, n) => (n === 10 ? "cancelled" : "returned")),
    );
  });

  test("gives async functions a turn, too", async () => {
    const ends = await make();
    const { got } = await offered(ends, () =>
      service(
        "later",
        async (task, n: number) => {
          await task.sleep(1);
          return n + 1;
        },
        { concurrency: 1 },
      ),
    );
    expect(await all([1, 2, 3].map((n) => got.call([n])))).toEqual([2, 3, 4]);
    const [first, second, third] = [got.start([1]), got.start([2]), got.start([3])];
    await second.cancel("not needed");
    expect(await second.exit()).toEqual({ type: "cancelled", reason: "not needed" });
    expect([await first, await third]).toEqual([2, 4]);
  });

  test("is cancelled by its caller's time limit and signal", async () => {
    const ends = await make();
    const { got } = await offered(ends, () =>
      service("for ever", function* (task: ServiceContext<never, string>): Steps<void> {
        yield* task.emit("begun");
        yield* task.suspend();
      }),
    );
    expect(await failure(got.call([], { timeoutMs: 20 }))).toBe("TIMEOUT");
    const controller = new AbortController();
    const stream = got.stream([], { signal: controller.signal });
    await stream.next();
    controller.abort("no more");
    expect(await failure(stream.result)).toBe("TASK_CANCELLED");
    await expect.poll(() => ends.offers.tasks()).toEqual([]);
    const late = got.start([], { signal: controller.signal });
    expect(await late.exit()).toEqual({ type: "cancelled", reason: "no more" });
  });

  test("when it is closed waits for its calls, takes no more, and frees its name", async () => {
    const ends = await make();
    const { made, got } = await offered(ends, () =>
      service("closing", function* (task: ServiceContext<string>) {
        return yield* task.receive();
      }),
    );
    await within(ends.offers, () => register("closing", made));
    const call = got.start();
    await call.deliver("hello");
    const waiting = got.start();
    // It has begun there when the delivery is through.
    const delivered = waiting.deliver("late");
    await delivered;
    await made.close();
    expect(await call).toBe("hello");
    expect(await waiting).toBe("late");
    expect(await failure(got.call())).toBe("SERVICE_CLOSED");
    expect(await within(ends.offers, () => lookup("closing"))).toBe(undefined);
    await made.close();
  });

  test("when it is closed with cancel, ends its calls", async () => {
    const ends = await make();
    const { made, got } = await offered(ends, () =>
      service("parked", function* (task: ServiceContext<string>): Steps<void> {
        yield* task.receive();
        yield* task.suspend();
      }),
    );
    const call = got.start();
    await call.deliver("begin");
    await made.close({ cancel: true });
    expect(await failure(call)).toBe("TASK_CANCELLED");
  });

  test("says where a result can't be sent, and goes on", async () => {
    const ends = await make();
    if (ends.offers === ends.calls) return;
    const { got } = await offered(ends, () =>
      service("odd", function* (task: ServiceContext<never, unknown>, what: string): Steps<unknown> {
        if (what === "emit") yield* task.emit(() => 1);
        return what === "return" ? { deep: [() => 1] } : what;
      }),
    );
    expect(await failure(got.call(["return"]))).toBe("NOT_SERIALIZABLE");
    expect(await failure(got.stream(["emit"]).result)).toBe("NOT_SERIALIZABLE");
    expect(await got.call(["fine"])).toBe("fine");
  });
});

test("a service is for the roles it names, and else for all but tabs", async () => {
  const owner = await peerIn();
  const forAll = await within(owner.runtime, () => service("all", () => "all"));
  const forTabs = await within(owner.runtime, () => service("tabs", (task) => task.caller.roles, { who: ["tab"] }));
  await within(owner.runtime, () => {
    register("all", forAll);
    register("tabs", forTabs);
  });
  const codeOf = async (role: Role, one: Service<[], unknown>, timeoutMs = 30_000): Promise<unknown> => {
    const guest = await peerIn({ invite: await owner.invite({ roles: [role] }) });
    const got = codecOf(guest.runtime).decode(codecOf(owner.runtime).encode(one)) as typeof one;
    const found = await failure(guest.locate(one.name, { at: owner.id, timeoutMs, kind: "service" }));
    return [found, await Promise.resolve(got.call()).catch((error: SkeinError) => error.code)];
  };
  expect(await codeOf("peer", forAll)).toEqual(["nothing failed", "all"]);
  expect(await codeOf("tab", forAll, 30)).toEqual(["TIMEOUT", "ROLE_FORBIDS"]);
  expect(await codeOf("tab", forTabs)).toEqual(["nothing failed", ["tab"]]);
  expect(await codeOf("client", forTabs, 30)).toEqual(["TIMEOUT", "ROLE_FORBIDS"]);
});

test("a call's task is cancelled by who called it, not by others", async () => {
  const owner = await peerIn();
  const [one, other] = [
    await peerIn({ invite: await owner.invite({ roles: ["peer"] }) }),
    await peerIn({ invite: await owner.invite({ roles: ["peer"] }) }),
  ];
  const made = await within(owner.runtime, () =>
    service("parked", function* (task): Steps<void> {
      yield* task.suspend();
    }),
  );
  const bytes = codecOf(owner.runtime).encode(made);
  const got = codecOf(one.runtime).decode(bytes) as typeof made;
  const call = got.start();
  const foreign = codecOf(other.runtime).decode(codecOf(one.runtime).encode(call.ref)) as TaskRef;
  expect(await failure(foreign.cancel())).toBe("ROLE_FORBIDS");
  await call.cancel();
  expect(await call.exit()).toMatchObject({ type: "cancelled" });
});

test("when the peer of a service is lost, each call ends once, as lost; its streams throw", async () => {
  const owner = await peerIn();
  const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  const made = await within(owner.runtime, () =>
    service("parked", function* (task: ServiceContext<never, number>): Steps<void> {
      yield* task.emit(1);
      yield* task.suspend();
    }),
  );
  const got = codecOf(guest.runtime).decode(codecOf(owner.runtime).encode(made)) as typeof made;
  const seen: Exit<void>[] = [];
  const watcher = spawn(
    function* (task: TaskContext<Exit<void>>) {
      yield* task.messages().forEach((exit) => seen.push(exit));
    },
    [],
    { runtime: guest.runtime },
  );
  got.monitor(watcher.ref, (exit) => exit);
  const calls = [got.start(), got.start()];
  const joined = failure(got.call());
  const stream = got.stream();
  expect(await stream.next()).toEqual({ done: false, value: 1 });
  await owner.close();
  expect(await joined).toBe("PEER_LOST");
  for (const call of calls) expect(await call.exit()).toMatchObject({ type: "lost", error: { code: "PEER_LOST" } });
  expect(await failure(stream.next())).toBe("PEER_LOST");
  await expect.poll(() => seen.map(({ type }) => type)).toEqual(["lost", "lost", "lost", "lost"]);
  await watcher.cancel();
});

test("what was called for a peer that is lost is cancelled", async () => {
  const owner = await peerIn();
  const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  const ended: string[] = [];
  const made = await within(owner.runtime, () =>
    service("parked", function* (task: ServiceContext<never, string>): Steps<void> {
      try {
        yield* task.emit("begun");
        yield* task.suspend();
      } finally {
        ended.push("ended");
      }
    }),
  );
  const got = codecOf(guest.runtime).decode(codecOf(owner.runtime).encode(made)) as typeof made;
  expect(await got.stream().next()).toEqual({ done: false, value: "begun" });
  await guest.close();
  await expect.poll(() => ended).toEqual(["ended"]);
  await made.close();
});

test("a reference made by another runtime of the process is that runtime's, whoever sends it", async () => {
  const owner = await peerIn();
  const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  const made = await within(owner.runtime, () => service("where", () => "at its owner"));
  // Registered and sent by a runtime that did not make it.
  guest.register("where", made);
  const got = codecOf(owner.runtime).decode(codecOf(guest.runtime).encode(made));
  expect(got).toBe(made);
  expect(await (await guest.locate<typeof made>("where")).call()).toBe("at its owner");
  const alone = await within(createRuntime({ platform }), () => service("alone", () => 1));
  expect(() => codecOf(guest.runtime).check(alone)).not.toThrow();
  expect(() => codecOf(guest.runtime).encode(alone)).toThrowError(
    expect.objectContaining({ code: "NOT_SERIALIZABLE" }),
  );
});
