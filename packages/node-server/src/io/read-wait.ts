/** One reader's wait at a {@link ByteReader}. */
import type { WaitOptions } from "@skein/runtime";
import { limitsFrom, Wait } from "@skein/runtime/host";
import type { Cut, CutFrom } from "./byte-cuts.ts";
import type { ByteQueue } from "./byte-queue.ts";
import type { ByteReader } from "./byte-reader.ts";

/** Bytes that were taken, and how many had been taken before them. */
export interface Piece {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** What the reader knows of who waits. */
export interface AnyReadWait {
  look(queue: ByteQueue, ended: boolean): Cut<unknown>;
  give(start: number): void;
  end(): void;
  fail(error: () => Error): void;
}

/** One reader. It keeps the bytes it was given until somebody takes its value. Plain fields: one is made for each line. */
export class ReadWait<G, T> extends Wait<T> implements AnyReadWait {
  private readonly reader: ByteReader;
  private readonly what: string;
  private readonly cut: CutFrom<G>;
  private readonly toResult: (given: G | undefined) => T;
  private taken: Cut<G>;
  private takenAt: number;

  constructor(
    reader: ByteReader,
    what: string,
    cut: CutFrom<G>,
    toResult: (given: G | undefined) => T,
    options: WaitOptions | undefined,
  ) {
    super(limitsFrom(options));
    this.reader = reader;
    this.what = what;
    this.cut = cut;
    this.toResult = toResult;
    this.taken = undefined;
    this.takenAt = 0;
  }

  /** Takes what is there for it. */
  look(queue: ByteQueue, ended: boolean): Cut<G> {
    this.taken = this.cut(queue, ended);
    return this.taken;
  }

  /** Ends with what it took. */
  give(start: number): void {
    this.takenAt = start;
    if (this.taken?.type === "taken") this.settle(this.toResult(this.taken.value));
  }

  end(): void {
    this.settle(this.toResult(undefined));
  }

  protected begin(): boolean {
    this.reader.join(this);
    return false;
  }

  protected abandon(): void {
    this.reader.leave(this);
  }

  protected override unclaimed(): void {
    const { taken } = this;
    if (taken?.type !== "taken") return;
    this.reader.putBack({ start: this.takenAt, bytes: taken.bytes.subarray(taken.from, taken.to) });
  }

  describe(): string {
    return `${this.what} (${this.reader.what})`;
  }
}
