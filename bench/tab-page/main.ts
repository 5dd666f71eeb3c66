/** The page of the browser benches: our way to a program, and the bare libp2p stream on the same transport. */
import type { Connection } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { joinPage, locate, type Peer, spawn, type TaskContext, type TaskRef } from "@skein/browser-worker";
import { Codec } from "@skein/runtime/network";
import { BENCH_PROTOCOL, bareLibp2p } from "../bare-direct.ts";
import { StreamFrames } from "./stream-frames.ts";

const PIECE_BYTES = 64 * 1024;
const VALUE_BYTES = 1024 * 1024;
const VALUES_AT_ONCE = 4;
const LABEL = "x".repeat(60);

/** A connection that nothing refers to is closed by the browser. */
const kept: object[] = [];

interface Side {
  /** Sends so many bytes; resolves when the other side has them. */
  bulk(bytes: number): Promise<void>;
  roundTrips(count: number, inFlight: number): Promise<void>;
}

async function bare(address: string, direct: boolean): Promise<Side> {
  const libp2p = await bareLibp2p([]);
  kept.push(libp2p);
  // The program opens it, as in ours.
  const opened = new Promise<Connection>((resolve) => {
    libp2p.addEventListener("connection:open", ({ detail }) => {
      if (detail.remoteAddr.toString().startsWith("/webrtc")) resolve(detail);
    });
  });
  const first = await libp2p.dial(multiaddr(address));
  const connection = direct ? await opened : first;
  let taken: (frame: Uint8Array) => void = () => {};
  const frames = new StreamFrames(await connection.newStream(BENCH_PROTOCOL), (frame) => taken(frame));
  const next = (): Promise<Uint8Array> => new Promise((resolve) => (taken = resolve));
  const codec = new Codec();
  return {
    bulk: async (bytes) => {
      const counted = next();
      const piece = new Uint8Array(PIECE_BYTES - 4).fill(7);
      for (let sent = 0; sent < bytes; sent += PIECE_BYTES) {
        if (!frames.send(piece)) await frames.drained();
      }
      frames.send(new Uint8Array([3]));
      await counted;
    },
    roundTrips: async (count, inFlight) => {
      const single = new Uint8Array(100).fill(1);
      for (let done = 0; done < count; done += inFlight) {
        const answered = next();
        if (inFlight === 1) frames.send(single);
        else {
          const batch = codec.encode(
            Array.from({ length: inFlight }, (_, n) => ({ kind: "row", n: done + n, label: LABEL })),
            1,
          );
          batch[0] = 2;
          frames.send(batch);
        }
        const answer = await answered;
        if (inFlight > 1) codec.decode(answer.subarray(1));
      }
    },
  };
}

type Message = { readonly kind: string; readonly n: number; readonly label: string };
type ToBox = Uint8Array | { readonly message: Message; readonly from: TaskRef<Message> };

async function ours(invite: string, direct: boolean): Promise<Side> {
  const peer: Peer = await joinPage({ invite, webRtc: direct });
  const wanted = direct ? "webrtc" : "ws";
  while (!peer.peers().some(({ transport }) => transport === wanted)) await new Promise((r) => setTimeout(r, 20));
  const box = await locate<TaskRef<ToBox>>("box");
  return {
    bulk: async (bytes) => {
      const value = new Uint8Array(VALUE_BYTES).fill(7);
      let left = bytes;
      const one = async (): Promise<void> => {
        while (left > 0) {
          left -= VALUE_BYTES;
          await box.deliver(value);
        }
      };
      await Promise.all(Array.from({ length: VALUES_AT_ONCE }, one));
    },
    roundTrips: async (count, inFlight) => {
      await spawn(function* (self: TaskContext<Message>) {
        const from = self.ref;
        let sent = 0;
        for (let done = 0; done < count; done += 1) {
          while (sent < count && sent - done < inFlight) {
            box.send({ message: { kind: "row", n: sent, label: LABEL }, from });
            sent += 1;
          }
          yield* self.receive();
        }
      });
    },
  };
}

const sides = new Map<string, Side>();
const tests = {
  open: async (
    name: string,
    options: { readonly invite?: string; readonly address: string; readonly direct: boolean },
  ) => {
    const { invite, address, direct } = options;
    sides.set(name, invite === undefined ? await bare(address, direct) : await ours(invite, direct));
  },
  bulk: async (name: string, bytes: number) => {
    await sides.get(name)?.bulk(bytes);
  },
  roundTrips: async (name: string, count: number, inFlight: number) => {
    await sides.get(name)?.roundTrips(count, inFlight);
  },
};
Object.assign(globalThis, { tests });
document.title = "ready";
