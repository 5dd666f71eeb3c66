/** First process of the bare mechanisms: round trips and one-way messages over a link with nothing of ours. */
import { spawn } from "node:child_process";
import { Codec } from "@skein/runtime/network";
import { BareFrames } from "./bare-frames.ts";
import { type BareKind, dialBare } from "./bare-links.ts";
import { firstLine } from "./first-line.ts";

export interface Echo {
  /** `count` round trips with so many in flight; gives the count. */
  roundTrips(count: number, inFlight: number): Promise<number>;
  close(): Promise<void>;
}

export interface OneWay {
  /** Sends `count` messages and waits until the other side has them all; gives the count. */
  send(count: number): Promise<number>;
  close(): Promise<void>;
}

const LABEL = "x".repeat(60);

async function start(kind: BareKind): Promise<{
  frames: BareFrames;
  next: () => Promise<Uint8Array>;
  close: () => Promise<void>;
}> {
  const child = spawn(process.execPath, [new URL("./bare-stream-peer.ts", import.meta.url).pathname, kind], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const { link, close } = await dialBare(kind, await firstLine(child));
  let taken: ((frame: Uint8Array) => void) | undefined;
  const frames = new BareFrames(link, (frame) => taken?.(frame));
  return {
    frames,
    next: () =>
      new Promise((resolve) => {
        taken = resolve;
      }),
    close: async () => {
      child.stdin.end();
      await close();
    },
  };
}

/** One in flight: raw bytes. More: batches with the codec, as a batch of ours is. */
export async function bareEcho(kind: BareKind): Promise<Echo> {
  const { frames, next, close } = await start(kind);
  const codec = new Codec();
  const single = new Uint8Array(100).fill(1);
  return {
    close,
    roundTrips: async (count, inFlight) => {
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
      return count;
    },
  };
}

/** Bytes only, gathered into batches of 60 kB. */
export async function bareOneWay(kind: BareKind): Promise<OneWay> {
  const { frames, next, close } = await start(kind);
  const message = new Uint8Array(100).fill(3);
  return {
    close,
    send: async (count) => {
      const counted = next();
      for (let sent = 0; sent < count; sent += 1) {
        frames.sendBatched(message);
        if (frames.full) await frames.drained();
      }
      frames.flush();
      frames.sendBatched(new Uint8Array(1));
      const answer = new TextDecoder().decode(await counted);
      if (answer !== `#${count}`) throw new Error(`${answer} of ${count} messages arrived`);
      return count;
    },
  };
}
