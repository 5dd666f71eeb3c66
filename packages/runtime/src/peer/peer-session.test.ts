import fc from "fast-check";
import { expect, test } from "vitest";
import type { PeerId } from "../ids.ts";
import type { Link } from "../contracts/link.ts";
import { LULL_LOST_AFTER_MS } from "../defaults.ts";
import { heartbeatTimes } from "../link/heartbeat.ts";
import { newSignal } from "../link/inbox.ts";
import { memoryLinks } from "../link/memory.ts";
import type { Platform } from "../platform.ts";
import { type VirtualPlatform, virtualPlatform } from "../testing/virtual-platform.ts";
import { Codec } from "../wire/codec.ts";
import {
  FrameKind,
  HEADER_BYTES,
  endpointBytes,
  frameCredit,
  frameKind,
  payloadOf,
  readU32,
  setCredit,
  writeHeader,
  writeU32,
} from "../wire/frames.ts";
import { parseControl } from "../wire/schema.ts";
import { peerIdOf, publicKeyOf } from "./identity.ts";
import type { NetworkConnection } from "./network.ts";
import { PeerSession } from "./peer-session.ts";
import { rounds } from "../../test/rounds.ts";

const LINGER_MS = 6000;

/** One connection between two sides, whose ends may notice its end apart. */
interface Wire {
  readonly kind: string;
  /** Breaks it; `noticed`: which ends are told. */
  cut(noticed: readonly [boolean, boolean]): void;
  /** Whether a side reads what has come. */
  reads(side: 0 | 1, on: boolean): void;
  /** Joins the side that was late. */
  attach: () => void;
}

/** One end of a session, with what it got and was told. */
interface End {
  readonly session: PeerSession;
  readonly got: number[];
  readonly credits: number[];
  readonly told: string[];
  sent: number;
}

/** Two sessions that mean each other, on virtual time; connections are made by the test. */
class Pair {
  readonly platform: VirtualPlatform;
  readonly ends: readonly [End, End];
  readonly #ids: readonly [PeerId, PeerId];
  readonly #keys: readonly [Uint8Array, Uint8Array];
  readonly wires: Wire[] = [];
  /** Until then no timer of the second end fires, as in a process that computes. */
  blockedUntilMs = 0;

  /** `goneAfterMs`: the first end is a tab, and the second waits so long for it. */
  constructor(seed = 1, goneAfterMs?: number) {
    this.platform = virtualPlatform({ seed });
    const ids = [1, 2].map(() => peerIdOf(this.platform.generateKey().publicKey)).toSorted();
    const [low = peerIdOf(new Uint8Array(32)), high = low] = ids;
    this.#ids = [low, high];
    this.#keys = [endpointBytes(publicKeyOf(low), 0), endpointBytes(publicKeyOf(high), 0)];
    const { clock } = this.platform;
    const blockable: Platform = {
      ...this.platform,
      startTimer: (delayMs, callback) => {
        const fire = (): void => {
          if (clock.now() < this.blockedUntilMs) clock.startTimer(this.blockedUntilMs - clock.now(), fire);
          else callback();
        };
        return clock.startTimer(delayMs, fire);
      },
    };
    const end = (side: 0 | 1): End => {
      const got: number[] = [];
      const told: string[] = [];
      const credits: number[] = [];
      const session = new PeerSession({
        platform: side === 0 ? this.platform : blockable,
        codec: new Codec(),
        self: side === 0 ? low : high,
        remote: side === 0 ? high : low,
        selfBytes: this.#keys[side],
        remoteBytes: this.#keys[side === 0 ? 1 : 0],
        ownToken: String(side),
        otherToken: String(1 - side),
        times: heartbeatTimes({ lingerMs: LINGER_MS }),
        ...(goneAfterMs === undefined || side === 0 ? {} : { goneAfterMs }),
        onFrame: (frame) => {
          if (frameKind(frame) === FrameKind.credit) credits.push(frameCredit(frame));
          else got.push(readU32(payloadOf(frame), 0));
        },
        onTold: (event) => told.push(event),
        onDial: () => told.push("dial"),
        mayPart: () => false,
        onEnd: (error) => told.push(error === undefined ? "closed" : error.code),
      });
      return { session, got, told, credits, sent: 0 };
    };
    this.ends = [end(0), end(1)];
  }

  /** Joins both on a new connection, opened by one of them; the side that is `late` only when told. */
  connect(kind: string, by: 0 | 1, replaces = false, late?: 0 | 1): Wire {
    const links = [memoryLinks(this.platform), memoryLinks(this.platform)] as const;
    const closed = [newSignal<void>(), newSignal<void>()] as const;
    const wire: Wire = {
      kind,
      attach: () => {},
      reads: (side, on) => {
        for (const pair of links) {
          if (on) pair[side].resume();
          else pair[side].pause();
        }
      },
      cut: (noticed) => {
        const error = new Error("cut");
        // Whoever doesn't notice hears nothing more and speaks into the void.
        noticed.forEach((told, side) => {
          for (const pair of links) pair[side]?.pause();
          if (told) closed[side]?.resolve();
        });
        if (noticed.every(Boolean)) for (const [link] of links) link.abort(error);
      },
    };
    const connection = (side: 0 | 1): NetworkConnection => ({
      remote: this.#ids[1 - side] ?? this.#ids[0],
      address: `/memory/${kind}`,
      transport: kind,
      dialled: side === by,
      openLink: () => Promise.reject(new Error("not here")),
      close: () => wire.cut([true, true]),
      closed: closed[side].promise,
    });
    const paths = this.ends.map(({ session }) => (replaces ? session.paths : []));
    const received = this.ends.map(({ session }) => session.received);
    this.ends.forEach(({ session }, index) => {
      const side = index === 0 ? 0 : 1;
      const [control, messages] = [links[0][side], links[1][side]];
      const attach = (): void =>
        session.attach({ connection: connection(side), control, messages }, received[1 - side] ?? 0, paths[side] ?? []);
      if (side === late) wire.attach = attach;
      else attach();
    });
    this.wires.push(wire);
    return wire;
  }

  /** Sends the next number from one end, as whoever waits for room does. */
  send(from: 0 | 1, count = 1): void {
    const end = this.ends[from];
    const { session } = end;
    for (let n = 0; n < count; n += 1) {
      end.sent += 1;
      const number = end.sent;
      session.whenOpen(() => {
        const frame = new Uint8Array(HEADER_BYTES + 4);
        writeHeader(frame, FrameKind.messages, this.#keys[from], this.#keys[from === 0 ? 1 : 0]);
        writeU32(frame, HEADER_BYTES, number);
        session.send(frame);
      });
    }
  }

  credit(from: 0 | 1, bytes: number): void {
    const frame = new Uint8Array(HEADER_BYTES);
    writeHeader(frame, FrameKind.credit, this.#keys[from], this.#keys[from === 0 ? 1 : 0]);
    setCredit(frame, bytes);
    this.ends[from].session.send(frame);
  }

  async pass(ms: number): Promise<void> {
    await this.platform.clock.advance(ms);
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

test("what is sent while there is no connection arrives with the next one, once and in order", async () => {
  const pair = new Pair();
  const [left, right] = pair.ends;
  const wire = pair.connect("tcp", 0);
  pair.send(0, 10);
  await pair.pass(0);
  pair.send(0, 10);
  wire.cut([true, true]);
  await pair.pass(1000);
  expect(left.session.state).toBe("busy");
  pair.send(0, 10);
  pair.send(1, 5);
  pair.connect("tcp", 0);
  await pair.pass(100);
  expect(right.got).toEqual(upTo(30));
  expect(left.got).toEqual(upTo(5));
  for (const { told } of pair.ends) expect(told).toEqual(["suspected", "dial", "back"]);
  left.session.close("done");
});

test("a session resumes when only one side noticed that the connection dropped", async () => {
  for (const noticed of [
    [true, false],
    [false, true],
  ] as const) {
    const pair = new Pair();
    const wire = pair.connect("tcp", 1);
    pair.send(0, 5);
    await pair.pass(0);
    wire.cut(noticed);
    pair.send(0, 5);
    pair.send(1, 5);
    await pair.pass(500);
    pair.connect("tcp", 0, true);
    await pair.pass(100);
    expect(pair.ends[1].got).toEqual(upTo(10));
    expect(pair.ends[0].got).toEqual(upTo(5));
    pair.ends[0].session.close("done");
  }
});

test("past the linger both sides are told once that the other is lost", async () => {
  const pair = new Pair();
  pair.connect("tcp", 0).cut([true, true]);
  await pair.pass(10 * LINGER_MS);
  for (const { told, session } of pair.ends) {
    expect(told).toEqual(["suspected", "dial", "PEER_LOST"]);
    expect(session.state).toBe("closed");
    expect(await session.ended).toMatchObject({ code: "PEER_LOST" });
  }
  expect(pair.platform.keptAlive()).toBe(false);
});

test("who has said that it may be silent is suspected as soon as others, and lost minutes later", async () => {
  const pair = new Pair();
  const [left, right] = pair.ends;
  const wire = pair.connect("tcp", 0);
  left.session.lull(true);
  await pair.pass(100);
  wire.cut([true, true]);
  await pair.pass(2 * LINGER_MS);
  expect(left.told.at(-1)).toBe("PEER_LOST");
  expect(right.told[0]).toBe("suspected");
  expect(right.session.state).not.toBe("closed");
  await pair.pass(LULL_LOST_AFTER_MS);
  expect(right.told.at(-1)).toBe("PEER_LOST");
});

test("a page is lost soon after its connection ends, also one that had asked for patience", async () => {
  for (const lull of [false, true]) {
    const pair = new Pair(1, 2000);
    const [left, right] = pair.ends;
    const wire = pair.connect("ws", 0);
    left.session.lull(lull);
    // However long ago it was heard, it has its time to come back.
    await pair.pass(4900);
    wire.cut([true, true]);
    await pair.pass(1900);
    expect(right.told).toEqual(["suspected", "dial"]);
    await pair.pass(200);
    expect(right.told).toEqual(["suspected", "dial", "PEER_LOST"]);
  }
});

test("a page that is gone, and only one of its two connections says so, is lost as soon", async () => {
  const pair = new Pair(1, 4000);
  const [, right] = pair.ends;
  const socket = pair.connect("ws", 0);
  const direct = pair.connect("webrtc", 0);
  await pair.pass(2000);
  direct.cut([false, false]);
  socket.cut([false, true]);
  await pair.pass(3900);
  expect(right.told).toEqual(["path-changed", "suspected", "dial"]);
  await pair.pass(200);
  expect(right.told.at(-1)).toBe("PEER_LOST");
});

test("a hidden page that is frozen, and one of its two connections ends, is waited for", async () => {
  const pair = new Pair(1, 4000);
  const [left, right] = pair.ends;
  const socket = pair.connect("ws", 0);
  const direct = pair.connect("webrtc", 0);
  left.session.lull(true);
  await pair.pass(2000);
  socket.cut([false, false]);
  direct.cut([false, true]);
  await pair.pass(2 * LINGER_MS);
  expect(right.told).toEqual(["path-changed", "path-changed", "suspected", "dial"]);
  await pair.pass(LULL_LOST_AFTER_MS);
  expect(right.told.at(-1)).toBe("PEER_LOST");
});

test("a process that was blocked while a page dialled again gets its connection, or loses it a round later", async () => {
  for (const comes of [true, false]) {
    const pair = new Pair(1, 4000);
    const [, right] = pair.ends;
    const wire = pair.connect("ws", 0);
    await pair.pass(2000);
    wire.cut([false, true]);
    await pair.pass(20);
    pair.blockedUntilMs = pair.platform.now() + 4500;
    await pair.pass(4500);
    expect(right.told).toEqual(["suspected", "dial"]);
    if (comes) pair.connect("ws", 0, true);
    await pair.pass(2000);
    expect(right.told.at(-1)).toBe(comes ? "back" : "PEER_LOST");
  }
});

test("a process that was blocked before it could read an answer asks again", async () => {
  const pair = new Pair(1, 4000);
  const [, right] = pair.ends;
  const socket = pair.connect("ws", 0);
  const direct = pair.connect("webrtc", 0);
  await pair.pass(2000);
  direct.reads(1, false);
  socket.cut([false, true]);
  pair.blockedUntilMs = pair.platform.now() + 4500;
  await pair.pass(4500);
  direct.reads(1, true);
  await pair.pass(2 * LINGER_MS);
  expect(right.session.paths).toHaveLength(1);
  expect(right.told).not.toContain("suspected");
  expect(right.told).not.toContain("PEER_LOST");
});

test("who is seen again is lost as soon as others", async () => {
  const pair = new Pair();
  const [left, right] = pair.ends;
  const wire = pair.connect("tcp", 0);
  left.session.lull(true);
  left.session.lull(false);
  await pair.pass(100);
  wire.cut([true, true]);
  await pair.pass(2 * LINGER_MS);
  expect(right.told.at(-1)).toBe("PEER_LOST");
});

test("moving to a better connection and back loses nothing and doubles nothing", async () => {
  const pair = new Pair();
  const relay = pair.connect("ws", 0);
  pair.send(0, 100);
  const tcp = pair.connect("tcp", 1);
  pair.send(0, 100);
  pair.send(1, 100);
  await pair.pass(2000);
  expect(pair.ends[0].session.connection?.transport).toBe("tcp");
  expect(pair.ends[0].session.paths).toHaveLength(2);
  pair.send(0, 100);
  tcp.cut([true, true]);
  await pair.pass(100);
  expect(pair.ends[1].got).toEqual(upTo(300));
  expect(pair.ends[0].got).toEqual(upTo(100));
  for (const { told } of pair.ends) expect(told).toEqual(["path-changed", "path-changed"]);
  relay.cut([true, true]);
  await pair.pass(2 * LINGER_MS);
});

test("when one connection goes, another at whose end nobody answers is given up soon", async () => {
  const pair = new Pair();
  const socket = pair.connect("ws", 0);
  const direct = pair.connect("webrtc", 0);
  await pair.pass(2000);
  // The page is gone: its socket tells, its WebRTC connection doesn't.
  direct.cut([false, false]);
  socket.cut([true, true]);
  await pair.pass(3500);
  for (const { session } of pair.ends) expect([session.paths, session.state]).toEqual([[], "busy"]);
  await pair.pass(2 * LINGER_MS);
});

test("when one connection goes, another that answers stays", async () => {
  const pair = new Pair();
  const socket = pair.connect("ws", 0);
  pair.connect("webrtc", 0);
  await pair.pass(2000);
  socket.cut([true, true]);
  await pair.pass(5000);
  for (const { told, session } of pair.ends) {
    expect([session.paths.length, told]).toEqual([1, ["path-changed"]]);
    session.close("done");
  }
});

test("of two connections that both sides opened at once the one of the lower PeerId stays", async () => {
  const pair = new Pair();
  pair.connect("tcp", 1);
  pair.connect("tcp", 0);
  pair.send(0, 10);
  await pair.pass(1500);
  pair.send(1, 10);
  await pair.pass(100);
  expect(pair.ends.map(({ session }) => session.paths.length)).toEqual([1, 1]);
  expect(pair.ends[0].session.connection?.dialled).toBe(true);
  expect(pair.ends[1].session.connection?.dialled).toBe(false);
  expect([pair.ends[1].got, pair.ends[0].got]).toEqual([upTo(10), upTo(10)]);
  for (const { told, session } of pair.ends) {
    expect(told).toEqual([]);
    session.close("done");
  }
});

test("a connection stays until the one that takes its place is there on both sides", async () => {
  const pair = new Pair();
  pair.connect("tcp", 1);
  const slow = pair.connect("tcp", 0, false, 1);
  await pair.pass(2500);
  expect(pair.ends[1].session.suspected).toBe(false);
  slow.attach();
  await pair.pass(2500);
  expect(pair.ends.map(({ session }) => session.paths.length)).toEqual([1, 1]);
  for (const { told, session } of pair.ends) {
    expect(told).toEqual([]);
    session.close("done");
  }
});

test("a credit that went down with its connection is said again on the next", async () => {
  const pair = new Pair();
  const wire = pair.connect("tcp", 0);
  wire.cut([false, false]);
  pair.credit(0, 1234);
  await pair.pass(100);
  expect(pair.ends[1].credits).toEqual([]);
  pair.connect("tcp", 0, true);
  await pair.pass(100);
  expect(pair.ends[1].credits).toContain(1234);
  pair.ends[0].session.close("done");
});

test("a goodbye ends both sides at once, and the process is not kept alive for it", async () => {
  const pair = new Pair();
  pair.connect("tcp", 0);
  await pair.pass(10);
  pair.ends[0].session.close("that was all");
  await pair.pass(10);
  expect(pair.ends.map(({ told }) => told)).toEqual([["closed"], ["PEER_LOST"]]);
  expect((await pair.ends[1].session.ended)?.message).toContain("that was all");
  expect(pair.platform.keptAlive()).toBe(false);
});

test("whatever is cut, when and for whom, each number arrives once and in order while the session lives", async () => {
  const side = fc.constantFrom<0 | 1>(0, 1);
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("send" as const), from: side, count: fc.nat(40) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat(900) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("connect" as const),
        kind: fc.constantFrom("relay", "ws", "tcp"),
        by: side,
        replaces: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("cut" as const),
        at: fc.nat(3),
        noticed: fc.constantFrom<readonly [boolean, boolean]>([true, true], [true, false], [false, true]),
      }),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(), async (steps, seed) => {
      const pair = new Pair(seed + 1);
      pair.connect("tcp", 0);
      for (const one of steps) {
        if (one.do === "send") pair.send(one.from, one.count);
        else if (one.do === "pass") await pair.pass(one.ms);
        else if (one.do === "connect") pair.connect(one.kind, one.by, one.replaces);
        else pair.wires[pair.wires.length - 1 - one.at]?.cut(one.noticed);
      }
      // A last connection on which everything can arrive, if nobody has given up by then.
      pair.connect("tcp", 0, true);
      await pair.pass(4000);
      const [left, right] = pair.ends;
      const alive = left.session.state !== "closed" && right.session.state !== "closed";
      for (const [from, to] of [
        [left, right],
        [right, left],
      ] as const) {
        expect(to.got).toEqual(upTo(alive ? from.sent : to.got.length));
      }
      left.session.close("done");
      right.session.close("done");
    }),
    { numRuns: rounds(60) },
  );
});

test("beats whose answers nobody reads are counted, not queued, and answered once there is room", async () => {
  const platform = virtualPlatform({ seed: 1 });
  const codec = new Codec();
  const [self, remote] = [peerIdOf(platform.generateKey().publicKey), peerIdOf(platform.generateKey().publicKey)];
  const [selfBytes, remoteBytes] = [endpointBytes(publicKeyOf(self), 0), endpointBytes(publicKeyOf(remote), 0)];
  let take: (frame: Uint8Array) => void = () => {};
  let room = false;
  const said: string[] = [];
  const drained = newSignal<void>();
  const link = (isControl: boolean): Link => ({
    transport: "tcp",
    closed: newSignal<Error | undefined>().promise,
    send: (frame) => {
      if (isControl) said.push(parseControl(codec.decode(payloadOf(frame))).type);
      return room;
    },
    drained: () => drained.promise,
    receive: (onFrame) => {
      if (isControl) take = onFrame;
    },
    pause: () => {},
    resume: () => {},
    close: () => {},
    abort: () => {},
  });
  const session = new PeerSession({
    platform,
    codec,
    self,
    remote,
    selfBytes,
    remoteBytes,
    ownToken: "a",
    otherToken: "b",
    times: heartbeatTimes({}),
    onFrame: () => {},
    onTold: () => {},
    onDial: () => {},
    onEnd: () => {},
    mayPart: () => true,
  });
  const connection: NetworkConnection = {
    remote,
    address: "/memory/x",
    transport: "tcp",
    relayed: false,
    dialled: true,
    openLink: () => Promise.reject(new Error("not here")),
    close: () => {},
    closed: newSignal<void>().promise,
  };
  session.attach({ connection, control: link(true), messages: link(false) }, 0, []);
  const beat = codec.encode({ type: "beat", ack: 0 }, HEADER_BYTES);
  writeHeader(beat, FrameKind.control, remoteBytes, selfBytes);
  for (let n = 0; n < 1000; n += 1) take(beat.slice());
  expect(said.length).toBeLessThan(5);
  room = true;
  drained.resolve();
  await drained.promise;
  await Promise.resolve();
  expect(said.filter((type) => type === "alive")).toHaveLength(1000);
  session.close("done");
});
