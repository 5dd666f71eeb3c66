import { expect, test } from "vitest";
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Inbound } from "../contracts/router.ts";
import { BULK_ABOVE_BYTES, BULK_VALUES_AT_ONCE, BULK_VALUES_HELD_BYTES, BULK_WINDOW_BYTES } from "../defaults.ts";
import { isSkeinError } from "../errors.ts";
import type { TaskId } from "../ids.ts";
import type { Carrier } from "../link/carrier.ts";
import { silentLogger } from "../logger.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import { Codec } from "../wire/codec.ts";
import { FrameKind, frameKind } from "../wire/frames.ts";
import { Entry } from "../wire/messages.ts";
import { BulkTransfers } from "./bulk-transfers.ts";
import {
  BULK_BODY,
  BULK_COUNT_BYTES,
  BulkWord,
  bulkFrame,
  bulkTransfer,
  bulkWord,
  setBulkCount,
} from "./bulk-words.ts";
import { EntryOrder } from "./entry-order.ts";
import type { BulkReader } from "./bulk.ts";
import { EndpointTable, peerIdOf } from "./identity.ts";
import { rolesToMask } from "./membership.ts";
import { ProcessRouter } from "./router.ts";

const platform = createHostPlatform();
const PEER = rolesToMask(["peer"]);
installHostPlatform();
const TASK = `t_${"a".repeat(26)}` as TaskId;
const endpoint = (): Endpoint => ({ peer: peerIdOf(platform.generateKey().publicKey), server: 0 });
const nothing: Inbound = { message: () => {}, request: () => undefined, holds: () => false, lost: () => {} };
const LARGE = 3 * BULK_ABOVE_BYTES;
const parse = (args: unknown): unknown => args;

/** Two routers, with a way for messages and one for bulk that can be held up. */
function pair(right: Partial<Inbound> = {}) {
  const ends = [endpoint(), endpoint()] as const;
  const routers: ProcessRouter[] = [];
  const waiting: (() => void)[] = [];
  /** Frames of messages of the first, while they are slower than its bulk. */
  const late: { frames: Uint8Array[] | undefined } = { frames: undefined };
  const bulk = { open: true, frames: [] as Uint8Array[] };
  const make = (self: Endpoint, inbound: Inbound, other: number): ProcessRouter => {
    const carrier: Carrier = {
      state: "open",
      send: (frame) => {
        expect(frameKind(frame)).not.toBe(FrameKind.bulk);
        if (other === 1 && late.frames !== undefined) late.frames.push(frame);
        else platform.microtask(() => routers[other]?.receive(frame));
      },
      whenOpen: (callback) => callback(),
      bulk: {
        settled: true,
        room: (bytes) => new Uint8Array(bytes),
        get state() {
          return bulk.open ? "open" : "busy";
        },
        send: (frame) => {
          bulk.frames.push(frame);
          platform.microtask(() => routers[other]?.receive(frame));
        },
        whenOpen: (callback) => {
          if (bulk.open) callback();
          else waiting.push(callback);
        },
      },
    };
    return new ProcessRouter({
      platform,
      inbound,
      codec: new Codec(),
      table: new EndpointTable(),
      self,
      logger: silentLogger,
      ownRoles: () => PEER,
      locationOf: ({ peer }) => ({ peer, addresses: [] }),
      carrierTo: () => carrier,
    });
  };
  routers.push(make(ends[0], nothing, 1), make(ends[1], { ...nothing, ...right }, 0));
  const [a, b] = routers;
  if (a === undefined || b === undefined) throw new Error("two were made");
  return {
    ends,
    a,
    b,
    bulk,
    /** The first process ends and is there again. */
    restart: () => {
      const again = make(ends[0], nothing, 1);
      routers[0] = again;
      return again;
    },
    delay: () => {
      late.frames = [];
    },
    deliver: () => {
      const frames = late.frames ?? [];
      late.frames = undefined;
      for (const frame of frames) b.receive(frame);
    },
    hold: () => {
      bulk.open = false;
    },
    release: () => {
      bulk.open = true;
      for (const callback of waiting.splice(0)) callback();
    },
  };
}

const codeOf = async (work: PromiseLike<unknown>): Promise<string> => {
  try {
    return `no error: ${String(await work).slice(0, 100)}`;
  } catch (error) {
    return isSkeinError(error) ? error.code : String(error);
  }
};
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise<void>((resolve) => {
      platform.nextTurn(resolve);
    });
  }
};
const readAll = async (reader: BulkReader): Promise<void> => {
  let chunk = await reader.read();
  while (chunk !== undefined) {
    await turns();
    chunk = await reader.read();
  }
};
const sizeOf = (value: unknown): unknown => (value instanceof Uint8Array ? value.byteLength : value);

test("a large value goes beside messages, and what follows from the same sender waits for it", async () => {
  const got: unknown[] = [];
  const { a, ends, bulk, hold, release } = pair({
    message: (message) => {
      if (message.type === "task.send") got.push(sizeOf(message.value));
    },
  });
  hold();
  for (const value of [1, new Uint8Array(LARGE), 2, new Uint8Array(LARGE + 1), 3]) {
    a.post(ends[1], { type: "task.send", task: TASK, value });
  }
  await turns();
  expect(got).toEqual([1]);
  release();
  await turns();
  expect(got).toEqual([1, LARGE, 2, LARGE + 1, 3]);
  expect(bulk.frames.length).toBeGreaterThan(6);
});

test("a large value keeps its content, both ways, in calls, requests and their answers", async () => {
  const { a, b, ends } = pair({ request: (request) => (request.type === "task.deliver" ? request.value : undefined) });
  const value = Uint8Array.from({ length: LARGE }, (_, n) => n * 7);
  b.handle("echo", { parse }, (args) => args);
  expect(await a.call(ends[1], "echo", { value })).toEqual({ value });
  expect(await a.request(ends[1], { type: "task.deliver", task: TASK, value })).toEqual(value);
});

test("a large call that is given up before all of it has left was never made", async () => {
  const { a, b, ends, hold, release } = pair();
  let made = 0;
  b.handle("work", { parse }, () => {
    made += 1;
    return made;
  });
  hold();
  const abort = new AbortController();
  const call = codeOf(a.call(ends[1], "work", new Uint8Array(LARGE), { signal: abort.signal }));
  const timed = codeOf(
    a.request(ends[1], { type: "task.deliver", task: TASK, value: new Uint8Array(LARGE) }, { timeoutMs: 5 }),
  );
  await turns();
  abort.abort(new Error("enough"));
  expect(await call).toBe("Error: enough");
  expect(await timed).toBe("TIMEOUT");
  release();
  await turns();
  expect(await a.call(ends[1], "work", 0)).toBe(1);
});

test("only some large values come at once, and of each only a window that was not read", async () => {
  const { a, ends, bulk, hold, release } = pair();
  hold();
  for (let n = 0; n < 2 * BULK_VALUES_AT_ONCE; n += 1) {
    a.notify(ends[1], "x", new Uint8Array(LARGE));
  }
  await turns();
  // Words of credit, one for each that may come.
  expect(bulk.frames.length).toBe(BULK_VALUES_AT_ONCE);
  release();
  await turns();
});

test("too many large values at once are refused as too many messages are", async () => {
  const { a, ends, hold, release } = pair();
  hold();
  const fill = (): void => {
    for (let n = 0; n < 100; n += 1) {
      a.post(ends[1], { type: "task.send", task: TASK, value: new Uint8Array(1_000_000) });
    }
  };
  expect(fill).toThrowError(expect.objectContaining({ code: "MAILBOX_FULL" }));
  release();
  await turns();
  a.post(ends[1], { type: "task.send", task: TASK, value: 1 });
});

test("a transfer is read piece by piece, no faster than its reader", async () => {
  const { a, b, ends } = pair();
  const total = 3 * BULK_WINDOW_BYTES;
  let sentAtFirst = 0;
  b.handle("take", { parse }, async (id, caller) => {
    const reader = b.bulk.reader(caller.endpoint, Number(id));
    await turns();
    sentAtFirst = writer.sentBytes;
    let bytes = 0;
    for (let chunk = await reader.read(); chunk !== undefined; chunk = await reader.read()) bytes += chunk.byteLength;
    return [bytes, reader.trailer];
  });
  const writer = a.bulk.writer(ends[1]);
  const answer = a.call(ends[1], "take", writer.id);
  const piece = new Uint8Array(1_000_000);
  for (let left = total; left > 0; left -= piece.byteLength) await writer.write(piece.subarray(0, left));
  writer.end(Uint8Array.of(1, 2, 3));
  expect(await answer).toEqual([total, Uint8Array.of(1, 2, 3)]);
  expect(sentAtFirst).toBe(BULK_WINDOW_BYTES);
});

test("either side ends a transfer with its reason", async () => {
  const { a, b, ends } = pair();
  const reads: unknown[] = [];
  b.handle("take", { parse }, async (id, caller) => {
    const reader = b.bulk.reader(caller.endpoint, Number(id));
    await reader.read();
    if (reads.length === 0) {
      reads.push("first");
      reader.cancel(new RangeError("disk full"));
      return;
    }
    reads.push(await codeOf(reader.read()));
  });
  const piece = new Uint8Array(2 * BULK_WINDOW_BYTES);
  const one = a.bulk.writer(ends[1]);
  const call = a.call(ends[1], "take", one.id);
  expect(await codeOf(one.write(piece))).toContain("disk full");
  await call;
  const two = a.bulk.writer(ends[1]);
  const second = a.call(ends[1], "take", two.id);
  await two.write(piece.subarray(0, 10));
  two.abort(new RangeError("changed my mind"));
  await second;
  expect(reads).toEqual(["first", "RangeError: changed my mind"]);
});

test("transfers end with the conversation they belong to", async () => {
  const { a, b, ends } = pair();
  const ended: Promise<string>[] = [];
  b.handle("take", { parse }, async (id, caller) => {
    const reader = b.bulk.reader(caller.endpoint, Number(id));
    await reader.read();
    ended.push(codeOf(readAll(reader)));
    return "read";
  });
  const writer = a.bulk.writer(ends[1]);
  const answer = a.call(ends[1], "take", writer.id);
  await writer.write(new Uint8Array(10));
  await answer;
  const blocked = codeOf(writer.write(new Uint8Array(2 * BULK_WINDOW_BYTES)));
  await turns();
  b.drop(ends[0], new Error("gone"));
  expect(await blocked).toBe("PEER_LOST");
  expect(await ended[0]).toBe("Error: gone");
});

test("a transfer that is allowed more and stopped in one turn ends with its reason", async () => {
  const codec = new Codec();
  const carrier: Carrier = { state: "open", send: () => {}, whenOpen: (callback) => callback() };
  const transfers = new BulkTransfers({ codec, carrier, seal: () => {} });
  const out = transfers.writer();
  const written = codeOf(out.write(new Uint8Array(2 * BULK_WINDOW_BYTES)));
  await turns();
  const credit = bulkFrame(BulkWord.credit, out.id, BULK_COUNT_BYTES);
  setBulkCount(credit, BULK_WINDOW_BYTES);
  const error = codec.encode(new RangeError("no room on the disk"));
  const stop = bulkFrame(BulkWord.stop, out.id, error.byteLength);
  stop.set(error, BULK_BODY);
  transfers.receive(credit);
  transfers.receive(stop);
  expect(await written).toBe("RangeError: no room on the disk");
});

test("large values that wait for one that never comes are bounded", async () => {
  const codec = new Codec();
  const allowed = new Set<number>();
  const carrier: Carrier = {
    state: "open",
    whenOpen: (callback) => callback(),
    send: (frame) => {
      if (bulkWord(frame) === BulkWord.credit) allowed.add(bulkTransfer(frame));
    },
  };
  const transfers = new BulkTransfers({ codec, carrier, seal: () => {} });
  const order = new EntryOrder({
    codec,
    transfers,
    take: () => {},
    taken: () => {},
    isBegun: () => false,
    failed: () => {},
  });
  const value = codec.encode([[Entry.sends, TASK, [new Uint8Array(4_000_000)]]]);
  const entries = Array.from({ length: 100 }, (_, n) => [Entry.bulk, n + 1, value.byteLength]);
  order.take({ entries, partly: false, roles: PEER, calls: false, bytes: 100 });
  // All that may come, comes; but not the first.
  for (let n = 2; allowed.has(n); n += 1) {
    const data = bulkFrame(BulkWord.data, n, value.byteLength);
    data.set(value, BULK_BODY);
    transfers.receive(data);
    const end = bulkFrame(BulkWord.end, n, BULK_COUNT_BYTES);
    setBulkCount(end, value.byteLength);
    transfers.receive(end);
    await turns();
  }
  expect(allowed.size * value.byteLength).toBeLessThanOrEqual(BULK_VALUES_HELD_BYTES);
});

test("a large answer that comes late refuses no request of the next start of who asked", async () => {
  const answers: ((value: unknown) => void)[] = [];
  const request = (): unknown => new Promise((resolve) => answers.push(resolve));
  const { a, ends, restart } = pair({ request });
  void codeOf(a.request(ends[1], { type: "task.exit", task: TASK }));
  await turns();
  const again = restart();
  const second = again.request(ends[1], { type: "task.exit", task: TASK });
  await turns();
  expect(answers).toHaveLength(2);
  answers[0]?.(new Uint8Array(LARGE));
  await turns();
  answers[1]?.("its own answer");
  expect(await second).toBe("its own answer");
});

test("a large value taken back while its place is still under way holds up nothing that follows", async () => {
  const got: unknown[] = [];
  const message: Inbound["message"] = (one) => {
    if (one.type === "task.send") got.push(one.value);
  };
  const { a, ends, delay, deliver } = pair({ message, request: () => new Promise(() => {}) });
  a.post(ends[1], { type: "task.send", task: TASK, value: "before" });
  await turns();
  delay();
  const large = { type: "task.deliver", task: TASK, value: new Uint8Array(LARGE) } as const;
  expect(await codeOf(a.request(ends[1], large, { timeoutMs: 5 }))).toBe("TIMEOUT");
  a.post(ends[1], { type: "task.send", task: TASK, value: "after" });
  await turns();
  deliver();
  await turns();
  expect(got).toEqual(["before", "after"]);
});

test("what went ahead is taken before a large value that stands before it, if what it ends has begun", () => {
  const codec = new Codec();
  const transfers = new BulkTransfers({
    codec,
    carrier: { state: "open", whenOpen: (callback) => callback(), send: () => {} },
    seal: () => {},
  });
  const taken: unknown[] = [];
  const order = new EntryOrder({
    codec,
    transfers,
    take: (entry) => taken.push(entry),
    taken: () => {},
    isBegun: (entry) => Array.isArray(entry) && entry[1] === 7,
    failed: () => {},
  });
  const batch = (entry: unknown, ahead: boolean): Parameters<EntryOrder["take"]>[0] => ({
    entries: [entry],
    partly: false,
    roles: PEER,
    calls: false,
    bytes: 100,
    ahead,
  });
  order.take(batch([Entry.bulk, 1, 500_000], false));
  order.take(batch([Entry.withdrawn, 7], true));
  expect(taken).toEqual([[Entry.withdrawn, 7]]);
  // This one waits: it may end what is still to come.
  order.take(batch([Entry.withdrawn, 8], true));
  order.take(batch([Entry.withdrawn, 7], false));
  expect(taken).toHaveLength(1);
});
