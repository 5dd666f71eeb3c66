import { expect, test } from "vitest";
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Link } from "../contracts/link.ts";
import { SkeinError } from "../errors.ts";
import type { Carrier } from "../link/carrier.ts";
import { silentLogger } from "../logger.ts";
import { createHostPlatform } from "../testing/host-platform.ts";
import { Codec } from "../wire/codec.ts";
import {
  FrameKind,
  HEADER_BYTES,
  endpointBytes,
  frameEpoch,
  frameKind,
  payloadOf,
  setEpochs,
  writeHeader,
} from "../wire/frames.ts";
import { Entry, type LostNotice } from "../wire/messages.ts";
import { BulkWord, bulkTransfer, bulkWord } from "./bulk-words.ts";
import { CONTACTS_LIMIT, FrameSwitch } from "./frame-switch.ts";
import { EndpointTable, peerIdOf, publicKeyOf } from "./identity.ts";
import { rolesToMask } from "./membership.ts";

const platform = createHostPlatform();
const codec = new Codec();
const MIB = 1024 * 1024;
const newPeer = () => peerIdOf(platform.generateKey().publicKey);
const bytesOf = ({ peer, server }: Endpoint): Uint8Array => endpointBytes(publicKeyOf(peer), server);
const lost = new SkeinError("SERVER_LOST", "it was killed", { hint: "it is replaced" });

function frameOf(from: Endpoint, to: Endpoint, kind: number, epoch: number, payload?: unknown): Uint8Array {
  const frame = payload === undefined ? new Uint8Array(HEADER_BYTES) : codec.encode(payload, HEADER_BYTES);
  // A number that is no kind is what some of these tests are about.
  writeHeader(frame, kind as FrameKind, bytesOf(from), bytesOf(to));
  setEpochs(frame, epoch, 0);
  return frame;
}

function setUp(state: Carrier["state"] = "open") {
  const self = newPeer();
  const told: [string, Uint8Array][] = [];
  const ended: string[] = [];
  const here: Uint8Array[] = [];
  const frames = new FrameSwitch({
    self,
    table: new EndpointTable(),
    codec,
    logger: silentLogger,
    ownRoles: () => rolesToMask(["node"]),
    receive: (frame) => here.push(frame),
    carrierTo: (peer) => ({
      state,
      send: (frame) => {
        told.push([peer, frame]);
      },
      whenOpen: () => {},
    }),
    lost: () => {},
    overloadedBy: (peer) => ended.push(peer),
  });
  /** A server process whose link takes frames, or none. */
  const attach = (server: number, takes: boolean, leased = true) => {
    const got: Uint8Array[] = [];
    const aborted: unknown[] = [];
    let say: (frame: Uint8Array) => void = () => {};
    let close: () => void = () => {};
    const link: Link = {
      transport: "memory",
      closed: new Promise((resolve) => {
        close = () => resolve(undefined);
      }),
      send: (frame) => {
        got.push(frame);
        return takes;
      },
      drained: () => new Promise(() => {}),
      receive: (callback) => {
        say = callback;
      },
      pause: () => {},
      resume: () => {},
      close: () => {},
      abort: (error) => aborted.push(error),
    };
    frames.attach(server, link, () => leased);
    const again = (): void => void frames.attach(server, link, () => leased);
    return { at: { peer: self, server }, again, got, aborted, say: (frame: Uint8Array) => say(frame), close };
  };
  const notices = (): LostNotice[] =>
    told
      .filter(([, frame]) => frameKind(frame) === FrameKind.lost)
      .map(([, frame]) => codec.decode(payloadOf(frame)) as LostNotice);
  return { self, frames, attach, told, ended, here, notices };
}

const CLIENT = rolesToMask(["client"]);
const says = (from: Endpoint, to: Endpoint, epoch: number, bytes = 0): Uint8Array =>
  frameOf(from, to, FrameKind.messages, epoch, [[Entry.message, new Uint8Array(bytes)]]);

test("what was meant for a process that is gone is answered, and never reaches the next one", () => {
  const { frames, attach, notices } = setUp();
  const client = { peer: newPeer(), server: 0 };
  const first = attach(1, true);
  frames.fromPeer(says(client, first.at, 300), client.peer, CLIENT);
  frames.lostServer(1, lost);
  expect(notices()).toMatchObject([{ server: 1 }]);
  const second = attach(1, true);
  frames.fromPeer(says(client, second.at, 300), client.peer, CLIENT);
  expect(second.got).toEqual([]);
  expect(notices()).toMatchObject([{ server: 1 }, { server: 1, epoch: 300 }]);
  // 256 conversations later the number is another one still.
  frames.fromPeer(says(client, second.at, 300 + 256), client.peer, CLIENT);
  expect(second.got.map(frameEpoch)).toEqual([556]);
});

test("a peer that was gone talks to the next process under whatever number", () => {
  const { frames, attach } = setUp();
  const client = { peer: newPeer(), server: 0 };
  frames.fromPeer(says(client, attach(1, true).at, 7), client.peer, CLIENT);
  frames.lostServer(1, lost);
  frames.lostPeer(client.peer, lost);
  const second = attach(1, true);
  frames.fromPeer(says(client, second.at, 7), client.peer, CLIENT);
  expect(second.got.map(frameEpoch)).toEqual([7]);
});

test("a process that comes back to its place hears that what it had with others is over", () => {
  const { frames, attach } = setUp();
  const [client, gone] = [
    { peer: newPeer(), server: 0 },
    { peer: newPeer(), server: 3 },
  ];
  const parked = attach(1, true);
  frames.fromPeer(says(client, parked.at, 7), client.peer, CLIENT);
  parked.say(frameOf(parked.at, gone, FrameKind.messages, 8, [[Entry.message, 1]]));
  frames.lostServer(1, lost);
  const other = attach(1, true);
  frames.lostPeer(gone.peer, lost);
  frames.lostServer(1, lost);
  parked.got.length = 0;
  parked.again();
  const heard = parked.got.map((frame) => [frameKind(frame), codec.decode(payloadOf(frame))]);
  expect(heard).toMatchObject([
    [FrameKind.lost, { peer: client.peer, error: { code: "PEER_LOST" } }],
    [FrameKind.lost, { peer: gone.peer, error: { code: "PEER_LOST" } }],
  ]);
  expect(other.got.filter((frame) => frameKind(frame) === FrameKind.lost)).toHaveLength(1);
});

test("a server process may say only what is its to say", () => {
  const { attach, told } = setUp();
  const other = { peer: newPeer(), server: 0 };
  for (const kind of [0, FrameKind.lost, FrameKind.control, FrameKind.join, FrameKind.bulk, 9, 255]) {
    const { say, at, aborted } = attach(1, true);
    say(frameOf(at, other, kind, 1));
    expect(aborted).toMatchObject([{ code: "WIRE_INVALID" }]);
  }
  for (const kind of [FrameKind.credit, FrameKind.ended]) {
    const { say, at, aborted } = attach(2, true);
    say(frameOf(at, other, kind, 1, "a long word"));
    expect(aborted).toMatchObject([{ code: "WIRE_INVALID" }]);
  }
  expect(told).toEqual([]);
  const { say, at, aborted } = attach(3, true);
  for (const kind of [FrameKind.credit, FrameKind.ended]) say(frameOf(at, other, kind, 1));
  say(says(at, other, 1));
  expect(aborted).toEqual([]);
  expect(told).toHaveLength(3);
});

test("whoever sends past its credit to a process that takes nothing ends its own session only", () => {
  const { frames, attach, ended } = setUp();
  const [honest, flooder] = [newPeer(), newPeer()];
  const { at } = attach(1, false);
  // The link is busy after its first frame.
  for (let n = 0; n < 4; n += 1) {
    frames.fromPeer(says({ peer: flooder, server: 0 }, at, 1, 8 * MIB), flooder, CLIENT);
  }
  expect(ended).toEqual([flooder]);
  frames.fromPeer(says({ peer: honest, server: 0 }, at, 1, 8 * MIB), honest, CLIENT);
  expect(ended).toEqual([flooder]);
});

test("a far server process that sends past its credit loses its talk with this one; its peer keeps its session", () => {
  const { frames, attach, ended, notices, self } = setUp();
  const from = { peer: newPeer(), server: 5 };
  const { at } = attach(1, false);
  for (let n = 0; n < 5; n += 1) frames.fromPeer(says(from, at, 9, 8 * MIB), from.peer, rolesToMask(["node"]));
  expect(ended).toEqual([]);
  expect(notices()).toMatchObject([
    { peer: self, server: 1, epoch: 9, error: { code: "LINK_OVERLOADED" } },
    { peer: self, server: 1, epoch: 9 },
  ]);
});

test("of two server processes that write to one that takes nothing, the one that overdoes it is cut off", () => {
  const { attach } = setUp();
  const stuck = attach(1, false);
  const [modest, greedy] = [attach(2, true), attach(3, true)];
  for (let n = 0; n < 4; n += 1) greedy.say(says(greedy.at, stuck.at, 1, 8 * MIB));
  modest.say(says(modest.at, stuck.at, 1, 8 * MIB));
  expect(greedy.aborted).toMatchObject([{ code: "LINK_OVERLOADED" }]);
  expect(modest.aborted).toEqual([]);
});

test("of two server processes that write to a peer that takes nothing, the one that overdoes it is cut off", () => {
  const { attach } = setUp("busy");
  const other = { peer: newPeer(), server: 0 };
  const [modest, greedy] = [attach(2, true), attach(3, true)];
  for (let n = 0; n < 3; n += 1) greedy.say(says(greedy.at, other, 1, 8 * MIB));
  modest.say(says(modest.at, other, 1, 8 * MIB));
  expect(greedy.aborted).toMatchObject([{ code: "LINK_OVERLOADED" }]);
  expect(modest.aborted).toEqual([]);
});

test("who may only watch sends nothing to a server process, and whoever waits there is told", () => {
  const { frames, attach, told } = setUp();
  const viewer = { peer: newPeer(), server: 0 };
  const { at, got } = attach(1, true);
  const request = { type: "task.exit", task: `t_${"a".repeat(26)}` };
  frames.fromPeer(
    frameOf(viewer, at, FrameKind.messages, 1, [[Entry.request, 4, request]]),
    viewer.peer,
    rolesToMask(["viewer"]),
  );
  expect(got).toEqual([]);
  const [answer] = told;
  expect(codec.decode(payloadOf(answer![1]))).toMatchObject([[Entry.refusal, 4, { code: "ROLE_FORBIDS" }]]);
});

test("whoever writes to a process that has just ended is told why by its host", async () => {
  const { frames, attach, notices } = setUp();
  const client = { peer: newPeer(), server: 0 };
  const server = attach(1, true);
  server.close();
  await Promise.resolve();
  frames.fromPeer(says(client, server.at, 1), client.peer, CLIENT);
  expect(notices()).toEqual([]);
  frames.lostServer(1, lost);
  expect(notices()).toMatchObject([{ server: 1, error: { message: "it was killed" } }]);
});

test("a server process talks with so many others and no more", () => {
  const { frames, told, attach } = setUp();
  const peer = newPeer();
  const { at, got } = attach(1, true);
  for (let n = 1; n <= CONTACTS_LIMIT; n += 1) frames.fromPeer(says({ peer, server: n }, at, 1), peer, CLIENT);
  expect(got).toHaveLength(CONTACTS_LIMIT);
  expect(told).toEqual([]);
  frames.fromPeer(says({ peer, server: CONTACTS_LIMIT + 1 }, at, 1), peer, CLIENT);
  expect(got).toHaveLength(CONTACTS_LIMIT);
  expect(told.map(([to, frame]) => [to, codec.decode(payloadOf(frame))])).toMatchObject([
    [peer, { server: 1, epoch: 1, error: { code: "LINK_OVERLOADED" } }],
  ]);
  // Who was there before goes on.
  frames.fromPeer(says({ peer, server: 1 }, at, 1), peer, CLIENT);
  expect(got).toHaveLength(CONTACTS_LIMIT + 1);
});

test("a large call to a server process that is not leased is refused, and its bytes are not wanted", () => {
  const { frames, told, attach } = setUp();
  const from = { peer: newPeer(), server: 0 };
  const { at, got } = attach(1, true, false);
  const call = [Entry.bulkCall, 7, 1_000_000, 3];
  frames.fromPeer(frameOf(from, at, FrameKind.procedures, 5, [call]), from.peer, CLIENT);
  expect(got).toEqual([]);
  const [stop, refusal] = told.map(([, frame]) => frame);
  expect(stop === undefined ? [] : [frameKind(stop), bulkWord(stop), bulkTransfer(stop)]).toEqual([
    FrameKind.bulk,
    BulkWord.stop,
    7,
  ]);
  expect(refusal === undefined ? [] : codec.decode(payloadOf(refusal))).toMatchObject([
    [Entry.refusal, 3, { code: "ROLE_FORBIDS" }],
  ]);
});
