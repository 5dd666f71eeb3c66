import { expect, test } from "vitest";
import type { Steps } from "../contracts/operation.ts";
import { BULK_ABOVE_BYTES } from "../defaults.ts";
import { isSkeinError } from "../errors.ts";
import { locate, register } from "../message/registry.ts";
import type { TaskContext } from "../task/context.ts";
import { sleep } from "../task/sleep.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { simulate } from "../testing/simulator/simulate.ts";
import { MINUTE_MS, SECOND_MS } from "../units.ts";
import { seeds } from "../../test/rounds.ts";

interface Piece {
  readonly n: number;
  readonly bytes: Uint8Array;
}

const PIECES = 40;
const sizeOf = (n: number): number => (n % 3 === 0 ? 10 : BULK_ABOVE_BYTES + n * 5000);

/** Notes what it gets, as `n:size`, and `!` where the bytes are others. */
function* sink(task: TaskContext<Piece>): Steps<readonly string[]> {
  register("sink", task.ref);
  const got: string[] = [];
  while (got.length < PIECES) {
    const { n, bytes } = yield* task.receive();
    const whole = bytes.at(0) === n && bytes.at(-1) === n;
    got.push(`${n}:${bytes.byteLength}${whole ? "" : "!"}`);
  }
  return got;
}

function* source(_task: TaskContext): Steps<void> {
  const ref = yield* locate<TaskRef<Piece>>("sink", { timeoutMs: MINUTE_MS });
  for (let n = 0; n < PIECES; n += 1) {
    const piece = { n, bytes: new Uint8Array(sizeOf(n)).fill(n) };
    while (!trySend(ref, piece)) yield* sleep(200);
    yield* sleep(100);
  }
}

function trySend(ref: TaskRef<Piece>, piece: Piece): boolean {
  try {
    ref.send(piece);
    return true;
  } catch (error) {
    if (isSkeinError(error, "MAILBOX_FULL")) return false;
    throw error;
  }
}

test.each(seeds(6))(
  "large values between small ones arrive once and in order while connections break and stall (seed %i)",
  async (seed) => {
    const got = await simulate({ seed, peers: { a: () => undefined, b: () => undefined } }, async (world) => {
      const sinking = world.peer("a").spawn(sink);
      const sending = world.peer("b").spawn(source);
      for (let fault = 0; fault < 6; fault += 1) {
        await world.advance(300 + world.random() * 1500);
        if (world.random() < 0.5) world.cut("a", "b");
        else {
          world.partition("a", "b");
          await world.advance(world.random() * 10 * SECOND_MS);
          world.heal();
        }
      }
      await world.advance(MINUTE_MS);
      await sending;
      return await sinking;
    });
    expect(got).toEqual(Array.from({ length: PIECES }, (_, n) => `${n}:${sizeOf(n)}`));
  },
);
