/** Everything that reads what a peer or a stranger sent, with good input to begin with. */
import type { Platform } from "../../platform.ts";
import { FrameSplitter } from "../../link/frame-splitter.ts";
import { toMultiaddr, withPeer, peerOfAddress, groupByPeer, relayOf } from "../../peer/address.ts";
import { bulkCount, bulkTransfer, bulkWord, checkBulk } from "../../peer/bulk-words.ts";
import { codecOf } from "../../peer/codec-of.ts";
import { filePath } from "../../peer/files-path.ts";
import { parseLook, parseLooked, parsePut, parsePutAnswer, parseRemove } from "../../peer/files-words.ts";
import { peerIdOf, publicKeyOf } from "../../peer/identity.ts";
import { readCertificate, readInvite } from "../../peer/membership.ts";
import { registerClass } from "../../peer/register-class.ts";
import { readRevocation, verifyRevocation } from "../../peer/revocation.ts";
import { createRuntime } from "../../task/runtime.ts";
import { Codec } from "../../wire/codec.ts";
import { dateOfMs } from "../../wire/engine-values.ts";
import {
  HEADER_BYTES,
  FrameKind,
  checkFrame,
  endpointBytes,
  payloadOf,
  writeHeader,
  writeU32,
} from "../../wire/frames.ts";
import { Entry } from "../../wire/messages.ts";
import * as words from "../../wire/schema.ts";
import { mendExits, unreadableIn } from "../../wire/unreadable.ts";
import { sampleTokens } from "./tokens.ts";

export interface ByteReaderCase {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  /** May throw a SkeinError; anything else is a finding. */
  readonly read: (bytes: Uint8Array) => void;
}
export interface TextReaderCase {
  readonly name: string;
  readonly samples: readonly string[];
  readonly read: (text: string) => void;
}

/** A key like any other, but the same in each run. */
const SEED: Uint8Array = new Uint8Array(32).fill(7);
const TASK = "t_01234567890123456789abcdef";

class Place {
  name = "";
  next: Place | undefined;
}

/** What stands for references on the sending side: only their data crosses. */
class Reference {
  readonly data: object;
  constructor(data: object) {
    this.data = data;
  }
}

export function byteReaders(platform: Platform): readonly ByteReaderCase[] {
  const runtime = createRuntime({ platform });
  registerClass("Place", Place, { runtime });
  const codec = codecOf(runtime);
  const peer = peerIdOf(platform.keyPair(SEED).publicKey);
  const sender = new Codec(
    ["skein.task.r", "skein.channel", "skein.service", "unknown"].map((tag) => ({
      Class: class extends Reference {},
      tag,
      toWire: (value: object) => (value as Reference).data,
      fromWire: () => undefined,
    })),
  );
  const place = Object.assign(new Place(), { name: "p" });
  place.next = place;
  const error = Object.assign(new RangeError("far", { cause: new Error("why") }), { code: "E", data: [1n] });
  error.cause = [error];
  const rich = [
    new Map([[{ k: 1 }, new Set([1n, "ü🙂"])]]),
    dateOfMs(5),
    /a+/gu,
    new Float64Array(3),
    new Uint8Array(9).buffer,
  ];
  const batches = [
    sender.encodeEntries([
      [Entry.sends, TASK, [1, "two", { three: 3 }, rich]],
      [Entry.request, 1, { type: "task.deliver", task: TASK, value: rich }],
      [Entry.message, { type: "task.exited", monitor: 1, exit: { type: "failed", error } }],
      [Entry.request, 2, { type: "task.cancel", task: TASK, reason: undefined, graceMs: 5 }],
    ]),
    codec.encodeEntries([
      [Entry.answer, 4, { type: "returned", value: [place, place] }],
      [Entry.refusal, 5, error],
      [Entry.call, 6, "scheduler.report", { rows: Array.from({ length: 9 }, (_, n) => ({ n, label: `l${n}` })) }],
      [Entry.notify, "x", -0],
      [Entry.bulk, 1, 2],
      [Entry.withdrawn, 3],
    ]),
  ];
  const encode = (value: unknown): Uint8Array => codec.encode(value).slice();
  const says = (name: string, parse: (value: unknown) => unknown, ...values: readonly unknown[]): ByteReaderCase => ({
    name,
    samples: values.map(encode),
    read: (bytes) => void parse(codec.decode(bytes)),
  });
  const session = { own: "a", other: "b", received: 3, alone: true };
  const about = { name: "n", addresses: ["/ip4/127.0.0.1/tcp/1"], instance: "i", session, invites: false };
  return [
    {
      name: "batches",
      samples: batches.map((bytes) => bytes.slice()),
      read: (bytes) => {
        const { entries, partly } = codec.decodeEntries(bytes);
        for (const entry of entries) {
          if (partly) mendExits(entry);
          if (partly && unreadableIn(entry) !== undefined) continue;
          words.requestId(entry);
          words.answeredId(entry);
          words.bulkOf(entry);
          words.parseEntry(entry);
        }
      },
    },
    {
      name: "frames",
      samples: [frameOf(encode(rich), peer), frameOf(bulkPayload(), peer)],
      read: (bytes) => {
        const splitter = new FrameSplitter((frame) => {
          checkFrame(frame);
          checkBulk(frame);
          void [bulkWord(frame), bulkCount(frame), bulkTransfer(frame)];
          codec.decode(payloadOf(frame));
        });
        splitter.limitBytes = 64 * 1024;
        // Most lengths are then wrong: half of them are put right.
        if (bytes.byteLength > HEADER_BYTES && bytes[HEADER_BYTES - 1] === 0) writeU32(bytes, 0, bytes.byteLength - 4);
        splitter.push(bytes);
      },
    },
    says("hello", words.parseHello, { certificate: "c", invite: "i", nonce: new Uint8Array(32), ...about }),
    says(
      "join replies",
      words.parseJoinReply,
      { challenge: new Uint8Array(32) },
      { ok: true, certificate: "c", ...about },
    ),
    says("join refusals", words.parseJoinReply, {
      ok: false,
      code: "NOT_A_MEMBER",
      message: "m",
      hint: "h",
      clockMs: 1,
    }),
    says("proofs", words.parseJoinProof, { proof: new Uint8Array(32) }),
    says("control", words.parseControl, { type: "beat", ack: 1 }, { type: "bye", reason: "r", idle: true }),
    says("losses", words.parseLost, { peer, server: 1, epoch: 2, error }),
    says("searches", words.parseLocate, { name: "n", all: true, at: { peer, addresses: ["/a"] }, timeoutMs: 5 }),
    says("revocations", words.parseRevocationNews, { digest: "d" }, { tokens: ["t"] }),
    says("file words", parsePut, {
      name: "a",
      to: "b/c",
      bytes: 9,
      fromBytes: 0,
      executable: true,
      overwrite: true,
      bulk: 1,
      digest: new Uint8Array(32),
    }),
    says("file answers", parseLooked, { keptBytes: 0, there: { bytes: 1, executable: false, mtimeMs: 5 } }),
    says("file places", (value) => [parseLook(value), parseRemove(value)], { name: "a", to: "b", bytes: 1 }),
    says("file ends", parsePutAnswer, "stored", "again"),
    says("references", (value) => value, new Map([["ref", [place]]])),
    {
      name: "foreign instances",
      samples: ["skein.task.r", "skein.channel", "skein.service", "Place", "unknown"].map((tag) =>
        instanceBytes(tag, encode({ id: TASK, peer, server: 1, name: "n" })),
      ),
      read: (bytes) => void codec.decode(bytes),
    },
  ];
}

export function textReaders(platform: Platform): readonly TextReaderCase[] {
  const key = platform.keyPair(SEED);
  const peer = peerIdOf(key.publicKey);
  const { invite, certificate, revocation, cluster } = sampleTokens(platform, key, peer);
  return [
    { name: "invites", samples: [invite, `https://x/#${invite}`], read: (text) => void readInvite(text) },
    { name: "certificates", samples: [certificate], read: (text) => void readCertificate(text) },
    {
      name: "revocations",
      samples: [revocation],
      read: (text) => {
        verifyRevocation(platform, text, cluster);
        readRevocation(text);
      },
    },
    { name: "ids of peers", samples: [peer], read: (text) => void publicKeyOf(text as typeof peer) },
    {
      name: "addresses",
      samples: [
        "ws://127.0.0.1:4101",
        "wss://[::1]:80",
        "host:1",
        `/ip4/1.2.3.4/tcp/5/p2p/${peer}/p2p-circuit/p2p/${peer}`,
      ],
      read: (text) => {
        void [peerOfAddress(text), relayOf(text), groupByPeer([text, text]), withPeer(text, peer), toMultiaddr(text)];
      },
    },
    {
      name: "names of files",
      samples: ["a.txt", "folder/sub/file name.tar.gz", "grüße.md"],
      read: (text) => {
        const slash = text.lastIndexOf("/");
        const path = filePath(text.slice(slash + 1), text.slice(0, Math.max(0, slash)));
        if (path.some((part) => /^\.{0,2}$|[/\\:\0]/.test(part)))
          throw new TypeError(`${JSON.stringify(path)} was let through`);
      },
    },
  ];
}

function frameOf(payload: Uint8Array, peer: Parameters<typeof publicKeyOf>[0]): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + payload.byteLength);
  frame.set(payload, HEADER_BYTES);
  const end = endpointBytes(publicKeyOf(peer), 0);
  writeHeader(frame, FrameKind.bulk, end, end);
  return frame;
}

const bulkPayload = (): Uint8Array => new Uint8Array([2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 9, 1, 2, 3]);

/** An instance of a class that this side can't write: the token, the tag, the data. */
function instanceBytes(tag: string, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(tag);
  return new Uint8Array([0xea, 0x80 | text.byteLength, ...text, ...data]);
}
