/** What every link must do, as cases for any test runner: `for (const { name, run } of linkContract(make)) test(name, run)`. */
import type { Link } from "../contracts/link.ts";
import { FRAME_LIMIT_BYTES, HEADER_BYTES, FrameKind, writeHeader } from "../wire/frames.ts";

/** Two ends joined by the kind of link under test, and how to clean up. */
export interface LinkPair {
  readonly left: Link;
  readonly right: Link;
  close(): Promise<void> | void;
}

export interface LinkCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

const KEY: Uint8Array = new Uint8Array(34);

/** A frame whose payload is `size` bytes that begin with `n`. */
function frameOf(n: number, size = 4): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + size);
  writeHeader(frame, FrameKind.messages, KEY, KEY);
  new DataView(frame.buffer).setUint32(HEADER_BYTES, n);
  return frame;
}

const numberOf = (frame: Uint8Array): number =>
  new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(HEADER_BYTES);

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`the link broke its contract: ${what}`);
}

/** Takes `count` frames. */
function take(link: Link, count: number): Promise<Uint8Array[]> {
  return new Promise((resolve) => {
    const frames: Uint8Array[] = [];
    link.receive((frame) => {
      frames.push(frame);
      if (frames.length === count) resolve(frames);
    });
  });
}

/** @param make a fresh pair for each case */
export function linkContract(make: () => Promise<LinkPair>): readonly LinkCase[] {
  const withPair =
    (body: (pair: LinkPair) => Promise<void>): (() => Promise<void>) =>
    async () => {
      const pair = await make();
      try {
        await body(pair);
      } finally {
        await pair.close();
      }
    };
  return [
    {
      name: "frames arrive whole, in order, in both directions",
      run: withPair(async ({ left, right }) => {
        const atRight = take(right, 500);
        const atLeft = take(left, 500);
        for (let n = 0; n < 500; n += 1) {
          left.send(frameOf(n, 4 + (n % 97)));
          right.send(frameOf(n * 2));
        }
        const [rights, lefts] = await Promise.all([atRight, atLeft]);
        check(
          rights.every((frame, n) => numberOf(frame) === n && frame.byteLength === HEADER_BYTES + 4 + (n % 97)),
          "order or size to the right",
        );
        check(
          lefts.every((frame, n) => numberOf(frame) === n * 2),
          "order to the left",
        );
      }),
    },
    {
      name: "a frame of some megabytes arrives as it was sent",
      run: withPair(async ({ left, right }) => {
        const arrived = take(right, 2);
        const large = frameOf(7, 3_000_000);
        large.fill(0xa5, HEADER_BYTES + 4);
        left.send(large);
        left.send(frameOf(8));
        const [first, second] = await arrived;
        check(first !== undefined && second !== undefined, "both arrive");
        if (first === undefined || second === undefined) return;
        check(
          first.byteLength === HEADER_BYTES + 3_000_000 && first.at(-1) === 0xa5 && numberOf(second) === 8,
          "bytes",
        );
      }),
    },
    {
      name: "frames that came before a receiver wait for it",
      run: withPair(async ({ left, right }) => {
        left.send(frameOf(1));
        const echoed = take(left, 1);
        right.send(frameOf(9));
        // Something came back, so the first frame has had time to arrive.
        await echoed;
        left.send(frameOf(2));
        const frames = await take(right, 2);
        check(frames.map(numberOf).join() === "1,2", "order of what waited");
      }),
    },
    {
      name: "while paused nothing is handed on; after that everything, in order",
      run: withPair(async ({ left, right }) => {
        right.pause();
        let early = true;
        const arrived = new Promise<number[]>((resolve) => {
          const numbers: number[] = [];
          right.receive((frame) => {
            check(!early, "a frame came while paused");
            numbers.push(numberOf(frame));
            if (numbers.length === 20) resolve(numbers);
          });
        });
        for (let n = 0; n < 20; n += 1) left.send(frameOf(n));
        const echoed = take(left, 1);
        right.send(frameOf(0));
        await echoed;
        early = false;
        right.resume();
        check(
          (await arrived).every((n, index) => n === index),
          "order after a pause",
        );
      }),
    },
    {
      name: "a full link says so, drains, and loses nothing",
      run: withPair(async ({ left, right }) => {
        const count = 300;
        const arrived = take(right, count);
        for (let n = 0; n < count; n += 1) {
          if (!left.send(frameOf(n, 65_536))) await left.drained();
        }
        check(
          (await arrived).every((frame, n) => numberOf(frame) === n),
          "order under load",
        );
      }),
    },
    {
      name: "a paused receiver loses nothing of a sender that stops when it is told to",
      run: withPair(async ({ left, right }) => {
        right.pause();
        let sent = 0;
        // Links that can't push back take all of it; none may take more than its receiver may hold.
        while (sent < 300 && left.send(frameOf(sent, 65_536))) sent += 1;
        if (sent < 300) sent += 1;
        const arrived = take(right, sent);
        right.resume();
        check(
          (await arrived).every((frame, n) => numberOf(frame) === n && frame.byteLength === HEADER_BYTES + 65_536),
          "order after a long pause",
        );
        await left.drained();
        check(left.send(frameOf(0)), "a drained link takes more");
      }),
    },
    {
      name: "the largest frame there is arrives, between small ones",
      run: withPair(async ({ left, right }) => {
        const arrived = take(right, 3);
        const large = frameOf(2, FRAME_LIMIT_BYTES - HEADER_BYTES);
        large.fill(0x5a, HEADER_BYTES + 4);
        for (const frame of [frameOf(1), large, frameOf(3)]) if (!left.send(frame)) await left.drained();
        const frames = await arrived;
        check(frames.map(numberOf).join() === "1,2,3", "order around the largest frame");
        check(frames[1]?.byteLength === FRAME_LIMIT_BYTES && frames[1].at(-1) === 0x5a, "its bytes");
      }),
    },
    {
      name: "what one end answers from within its receiver arrives, as often as it goes on",
      run: withPair(async ({ left, right }) => {
        right.receive((frame) => void right.send(frameOf(numberOf(frame) + 1)));
        const done = new Promise<number>((resolve) => {
          left.receive((frame) => {
            const n = numberOf(frame);
            if (n >= 200) resolve(n);
            else left.send(frameOf(n + 1));
          });
        });
        left.send(frameOf(0));
        check((await done) >= 200, "the last answer");
      }),
    },
    {
      name: "a frame that was handed on stays as it is while others follow",
      run: withPair(async ({ left, right }) => {
        const arrived = take(right, 200);
        for (let n = 0; n < 200; n += 1) left.send(frameOf(n, 1000).fill(n % 251, HEADER_BYTES + 4));
        const frames = await arrived;
        check(
          frames.every((frame, n) => frame.subarray(HEADER_BYTES + 4).every((byte) => byte === n % 251)),
          "bytes of the frames that came first",
        );
      }),
    },
    {
      name: "frames that came before the other end closed wait for a receiver all the same",
      run: withPair(async ({ left, right }) => {
        for (let n = 0; n < 3; n += 1) left.send(frameOf(n));
        left.close();
        await right.closed;
        check((await take(right, 3)).map(numberOf).join() === "0,1,2", "frames of an end that is gone");
      }),
    },
    {
      name: "both ends may close at once, and pause, resume and abort afterwards do nothing",
      run: withPair(async ({ left, right }) => {
        left.close();
        right.close();
        await Promise.all([left.closed, right.closed]);
        for (const end of [left, right]) {
          end.pause();
          end.resume();
          end.close();
          end.abort(new Error("too late"));
          await end.drained();
        }
        check((await left.closed) === undefined, "a close stays one");
      }),
    },
    {
      name: "who waits for a full link to drain is released by its end",
      run: withPair(async ({ left, right }) => {
        right.pause();
        let sent = 0;
        while (sent < 300 && left.send(frameOf(sent, 65_536))) sent += 1;
        const drained = left.drained();
        left.abort(new Error("enough"));
        await drained;
        await right.closed;
      }),
    },
    {
      name: "what was sent before a close arrives; both sides learn of the close; twice does nothing",
      run: withPair(async ({ left, right }) => {
        const arrived = take(right, 50);
        for (let n = 0; n < 50; n += 1) left.send(frameOf(n));
        left.close();
        left.close();
        check((await arrived).length === 50, "frames before the close");
        check((await left.closed) === undefined, "a close is no error");
        await right.closed;
        check(right.send(frameOf(1)), "sending after the close does nothing");
        await right.drained();
      }),
    },
    {
      name: "an abort ends both sides and keeps its reason on this one",
      run: withPair(async ({ left, right }) => {
        const reason = new Error("enough");
        left.abort(reason);
        left.abort(new Error("again"));
        check((await left.closed) === reason, "the reason");
        await right.closed;
        check(left.send(frameOf(1)), "sending after an abort does nothing");
      }),
    },
  ];
}
