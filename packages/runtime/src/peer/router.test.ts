import { expect, test } from "vitest";
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Inbound } from "../contracts/router.ts";
import { SkeinError, isSkeinError } from "../errors.ts";
import type { TaskId } from "../ids.ts";
import type { Carrier } from "../link/carrier.ts";
import { silentLogger } from "../logger.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import { Codec } from "../wire/codec.ts";
import { EndpointTable, peerIdOf } from "./identity.ts";
import { rolesToMask } from "./membership.ts";
import { ProcessRouter } from "./router.ts";

const platform = createHostPlatform();
const PEER = rolesToMask(["peer"]);
installHostPlatform();
const TASK = `t_${"a".repeat(26)}` as TaskId;
const endpoint = (): Endpoint => ({ peer: peerIdOf(platform.generateKey().publicKey), server: 0 });
const nothing: Inbound = { message: () => {}, request: () => undefined, holds: () => false, lost: () => {} };

/** Two routers whose frames go to each other while `state` is open. */
function pair(right: Partial<Inbound> = {}, left: Partial<Inbound> = {}) {
  const ends = [endpoint(), endpoint()] as const;
  const waiting: (() => void)[] = [];
  const link = { state: "open" as Carrier["state"] };
  const routers: ProcessRouter[] = [];
  const make = (self: Endpoint, inbound: Inbound, other: number): ProcessRouter =>
    new ProcessRouter({
      platform,
      inbound,
      codec: new Codec(),
      table: new EndpointTable(),
      self,
      logger: silentLogger,
      ownRoles: () => PEER,
      locationOf: ({ peer }) => ({ peer, addresses: [] }),
      carrierTo: () => ({
        get state() {
          return link.state;
        },
        send: (frame) => platform.microtask(() => routers[other]?.receive(frame)),
        whenOpen: (callback) => waiting.push(callback),
      }),
    });
  routers.push(make(ends[0], { ...nothing, ...left }, 1), make(ends[1], { ...nothing, ...right }, 0));
  return {
    ends,
    a: routers[0]!,
    b: routers[1]!,
    set: (state: Carrier["state"]) => {
      link.state = state;
      if (state === "open") for (const callback of waiting.splice(0)) callback();
    },
  };
}

const codeOf = async (work: PromiseLike<unknown>): Promise<string> => {
  try {
    return `no error: ${String(await work)}`;
  } catch (error) {
    return isSkeinError(error) ? error.code : String(error);
  }
};
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    platform.nextTurn(resolve);
  });

test("messages arrive in order, whatever their kind", async () => {
  const got: unknown[] = [];
  const { a, ends } = pair({ message: (message) => got.push(message) });
  a.post(ends[1], { type: "task.send", task: TASK, value: 1 });
  a.post(ends[1], { type: "task.wake", task: TASK, value: 2 });
  a.post(ends[1], { type: "task.send", task: TASK, value: 3 });
  a.post(ends[1], { type: "task.unmonitor", task: TASK, monitor: 4 });
  await turn();
  expect(got).toEqual([
    { type: "task.send", task: TASK, value: 1 },
    { type: "task.wake", task: TASK, value: 2 },
    { type: "task.send", task: TASK, value: 3 },
    { type: "task.unmonitor", task: TASK, monitor: 4 },
  ]);
});

test("a request is answered with a value, an error, or later", async () => {
  const { a, ends } = pair({
    request: (request) => {
      if (request.type === "task.exit") return Promise.resolve("later");
      if (request.type === "channel.subscribers") throw new RangeError("no such channel");
      return "at once";
    },
  });
  expect(await a.request(ends[1], { type: "task.deliver", task: TASK, value: 1 })).toBe("at once");
  expect(await a.request(ends[1], { type: "task.exit", task: TASK })).toBe("later");
  const channel = `c_${"a".repeat(26)}` as never;
  expect(await codeOf(a.request(ends[1], { type: "channel.subscribers", channel }))).toContain("RangeError");
});

test("an answer is given in order with the notes that come with it, before whoever waits goes on", async () => {
  const { a, b, ends } = pair();
  const parse = (args: unknown): unknown => args;
  let got: unknown[] = [];
  b.handle("ask", { parse }, () => "answer");
  b.handle("go", { parse }, (_, { endpoint: from }) => b.notify(from, "news", "news"));
  for (const router of [a, b]) {
    got = [];
    router.handle("news", { parse }, (news) => void got.push(news));
    const asked = router.call(ends[1], "ask", 1, { onAnswer: (answer) => got.push(answer) });
    router.notify(ends[1], "go", 1);
    got.push(`awaited ${String(await asked)}`);
    await turn();
    expect(got).toEqual(["answer", "news", "awaited answer"]);
  }
  const refused = a.call(ends[1], "ask", 1, {
    onAnswer: () => {
      throw new RangeError("not this");
    },
  });
  expect(await codeOf(refused)).toContain("not this");
});

test("an answer that can't be sent becomes an error, and nobody waits for ever", async () => {
  const { a, ends } = pair({ request: () => () => 1 });
  expect(await codeOf(a.request(ends[1], { type: "task.exit", task: TASK }))).toBe("NOT_SERIALIZABLE");
});

test("a delivery that times out before it left is withdrawn, after that its fate is unknown", async () => {
  const got: unknown[] = [];
  const { a, ends, set } = pair({
    request: (request) => {
      got.push(request);
      return new Promise(() => {});
    },
  });
  set("busy");
  const deliver = (timeoutMs: number): PromiseLike<unknown> =>
    a.request(ends[1], { type: "task.deliver", task: TASK, value: 1 }, { timeoutMs });
  expect(await codeOf(deliver(5))).toBe("TIMEOUT");
  set("open");
  await turn();
  expect(got).toEqual([]);
  expect(await codeOf(deliver(5))).toBe("DELIVERY_UNKNOWN");
  expect(got).toHaveLength(1);
  // Asking changes nothing there, so its timeout is just that.
  expect(await codeOf(a.request(ends[1], { type: "task.exit", task: TASK }, { timeoutMs: 5 }))).toBe("TIMEOUT");
});

test("an abort ends the wait with its reason", async () => {
  const { a, ends } = pair({ request: () => new Promise(() => {}) });
  const abort = new AbortController();
  const asked = codeOf(a.request(ends[1], { type: "task.exit", task: TASK }, { signal: abort.signal }));
  abort.abort(new Error("enough"));
  expect(await asked).toBe("Error: enough");
  const gone = AbortSignal.abort(new Error("from the start"));
  expect(await codeOf(a.call(ends[1], "x", 0, { signal: gone }))).toBe("Error: from the start");
});

test("when the other is lost, what had not left is PEER_LOST, what had left may have arrived", async () => {
  const lost: string[] = [];
  const { a, ends, set } = pair(
    { request: () => new Promise(() => {}) },
    { lost: (matches, error) => lost.push(`${String(matches(ends[1]))} ${error.message}`) },
  );
  const left = codeOf(a.request(ends[1], { type: "task.deliver", task: TASK, value: 1 }));
  const asked = codeOf(a.call(ends[1], "x", 0));
  await turn();
  set("busy");
  const waits = codeOf(a.request(ends[1], { type: "task.deliver", task: TASK, value: 2 }));
  const gone = new SkeinError("PEER_LOST", "it is gone", { hint: "" });
  a.lost(({ peer }) => peer === ends[1].peer, gone);
  expect(await Promise.all([left, waits])).toEqual(["DELIVERY_UNKNOWN", "PEER_LOST"]);
  expect(["PEER_LOST", "NAME_UNKNOWN"]).toContain(await asked);
  expect(lost).toEqual(["true it is gone"]);
});

test("only whom was asked can answer", async () => {
  const { a, b, ends } = pair({ request: () => new Promise(() => {}) });
  const asked = a.request(ends[1], { type: "task.exit", task: TASK }, { timeoutMs: 50 });
  // A third router that guesses the number of the request.
  const mallory = endpoint();
  const forger = new ProcessRouter({
    platform,
    inbound: { ...nothing, request: () => "forged" },
    codec: new Codec(),
    table: new EndpointTable(),
    self: mallory,
    logger: silentLogger,
    ownRoles: () => PEER,
    locationOf: ({ peer }) => ({ peer, addresses: [] }),
    carrierTo: () => ({ state: "open", send: (frame) => a.receive(frame), whenOpen: () => {} }),
  });
  // It is made to answer request 1 by asking it ourselves under that number.
  const { table, codec } = { table: new EndpointTable(), codec: new Codec() };
  const { FrameKind, HEADER_BYTES, writeHeader } = await import("../wire/frames.ts");
  const frame = codec.encode([[2, 1, { type: "task.exit", task: TASK }]], HEADER_BYTES);
  writeHeader(frame, FrameKind.messages, table.bytesOf(a.self), table.bytesOf(mallory));
  forger.receive(frame);
  expect(await codeOf(asked)).toBe("TIMEOUT");
  expect(b.self).toEqual(ends[1]);
});

test("too many messages to one that takes none are refused; a notice to a lost one is nobody's error", async () => {
  const { a, ends, set } = pair();
  set("busy");
  expect(() => {
    for (let n = 0; n <= 10_000; n += 1) a.post(ends[1], { type: "task.send", task: TASK, value: n });
  }).toThrowError(expect.objectContaining({ code: "MAILBOX_FULL" }));
  set("closed");
  a.lost(() => true, new SkeinError("PEER_LOST", "gone", { hint: "" }));
  a.notify(ends[1], "x", 0);
  expect(await codeOf(a.call(ends[1], "x", 0))).toBe("PEER_LOST");
  expect(() => a.notify(ends[1], "x", () => 1)).toThrowError(expect.objectContaining({ code: "NOT_SERIALIZABLE" }));
});

test("a router that is closed gives no answers and takes no work", async () => {
  const { a, ends } = pair();
  a.close(new SkeinError("PEER_LOST", "closed", { hint: "" }));
  a.close(new SkeinError("PEER_LOST", "closed", { hint: "" }));
  expect(await codeOf(a.call(ends[1], "x", 0))).toBe("RUNTIME_CLOSED");
});

test("whatever can't be encoded after all, somebody is told: who waits, who watches, who sent the note", async () => {
  const exits: unknown[] = [];
  const { a, b, ends } = pair(
    { request: () => Promise.reject(new Error("x".repeat(17 * 1024 * 1024))) },
    { message: (message) => exits.push(message) },
  );
  await expect(a.request(ends[1], { type: "task.exit", task: TASK }, { timeoutMs: 5000 })).rejects.toThrowError(
    /^x{1000}$/,
  );
  const changing: Record<string, unknown> = { ok: true };
  b.post(ends[0], { type: "task.exited", monitor: 3, exit: { type: "returned", value: changing } });
  const failed: string[] = [];
  a.notify(ends[1], "news", changing, { onFailed: ({ code }) => failed.push(code) });
  changing["late"] = Symbol("late");
  await turn();
  expect(exits).toMatchObject([{ monitor: 3, exit: { type: "failed", error: { code: "NOT_SERIALIZABLE" } } }]);
  expect(failed).toEqual(["NOT_SERIALIZABLE"]);
});

test("when one side drops what is between them, the other is told and both go on from the start", async () => {
  const { a, b, ends } = pair();
  b.handle("blob", { parse: (args) => args }, () => 1);
  const blob = new Uint8Array(500_000);
  for (let n = 0; n < 10; n += 1) await a.call(ends[1], "blob", blob);
  const lost: string[] = [];
  a.onLost((matches, error) => lost.push(`${String(matches(ends[1]))} ${error.message}`));
  // As if it had been overloaded; it says nothing.
  b.lost(() => true, new Error("overloaded"));
  expect(await codeOf(a.call(ends[1], "blob", blob, { timeoutMs: 2000 }))).toBe("PEER_LOST");
  expect(lost).toHaveLength(1);
  for (let n = 0; n < 10; n += 1) await a.call(ends[1], "blob", blob, { timeoutMs: 2000 });
  // And where it is said at once, nothing that is sent later is lost.
  b.drop(ends[0], new Error("overloaded"));
  await turn();
  expect(lost).toHaveLength(2);
  for (let n = 0; n < 10; n += 1) await a.call(ends[1], "blob", blob, { timeoutMs: 2000 });
});

test("a new start of the other side is noticed by its first frame", async () => {
  const { a, b, ends } = pair();
  a.handle("hello", { parse: (args) => args }, () => 1);
  b.handle("never", { parse: (args) => args }, () => new Promise(() => {}));
  expect(await b.call(ends[0], "hello", 0)).toBe(1);
  const waiting = codeOf(a.call(ends[1], "never", 0));
  await turn();
  b.lost(() => true, new Error("it was restarted"));
  expect(await b.call(ends[0], "hello", 0, { timeoutMs: 2000 })).toBe(1);
  expect(await waiting).toBe("PEER_LOST");
});

test("notes to one that takes none are bounded by their bytes: it is lost; what may be left out is refused before", async () => {
  const { a, ends, set } = pair();
  const lost: string[] = [];
  a.onLost((_matches, error) => lost.push(error.message));
  set("busy");
  const note = { blob: new Uint8Array(1_000_000) };
  let tried = 0;
  const fill = (): void => {
    for (; tried < 1000; tried += 1) a.tryNotify(ends[1], "watched", note);
  };
  expect(fill).toThrowError(expect.objectContaining({ code: "LINK_OVERLOADED" }));
  expect(tried).toBeLessThan(20);
  expect(lost).toEqual([]);
  const asked = codeOf(a.call(ends[1], "x", 0));
  for (let n = 0; n < 60; n += 1) a.notify(ends[1], "news", note);
  expect(lost).toHaveLength(1);
  expect(await asked).toBe("LINK_OVERLOADED");
  // What comes next begins anew, from nothing.
  a.tryNotify(ends[1], "watched", note);
  set("closed");
  a.lost(() => true, new SkeinError("PEER_LOST", "gone", { hint: "" }));
  expect(() => a.tryNotify(ends[1], "watched", 0)).toThrowError(expect.objectContaining({ code: "PEER_LOST" }));
});

test("answers to one that takes none are bounded by their bytes", async () => {
  const { a, b, ends, set } = pair();
  const lost: string[] = [];
  b.onLost((_matches, error) => lost.push(error.message));
  let answer: (value: unknown) => void = () => {};
  const value = new Promise((resolve) => {
    answer = resolve;
  });
  b.handle("big", { parse: (args) => args }, () => value);
  for (let n = 0; n < 100; n += 1) void codeOf(a.call(ends[1], "big", 0));
  await turn();
  set("busy");
  answer(new Uint8Array(1_000_000));
  await turn();
  expect(lost).toHaveLength(1);
});

test("whoever answers learns that nobody waits any more: given up, out of time, or lost", async () => {
  const { a, b, ends } = pair();
  const signals: AbortSignal[] = [];
  b.handle("slow", { parse: (args) => args }, (_args, { signal }) => {
    if (signal !== undefined) signals.push(signal);
    return new Promise(() => {});
  });
  const abort = new AbortController();
  const asked = codeOf(a.call(ends[1], "slow", 0, { signal: abort.signal }));
  const short = codeOf(a.call(ends[1], "slow", 0, { timeoutMs: 1 }));
  const lost = codeOf(a.call(ends[1], "slow", 0));
  expect(await short).toBe("TIMEOUT");
  await turn();
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, true, false]);
  abort.abort(new Error("enough"));
  expect(await asked).toBe("Error: enough");
  await turn();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false]);
  const gone = new SkeinError("PEER_LOST", "it is gone", { hint: "" });
  b.lost(() => true, gone);
  expect(signals[2]?.reason).toBe(gone);
  a.lost(() => true, gone);
  expect(await lost).toBe("PEER_LOST");
});
