/** Transfers from a process to itself: the same two ends as over the network, one piece at a time. */
import { SkeinError } from "../errors.ts";

/** Both ends of one transfer. */
export class LocalTransfer {
  readonly id: number;
  trailer: Uint8Array | undefined;
  #piece: Uint8Array | undefined;
  #complete = false;
  #error: Error | undefined;
  #wake: (() => void)[] = [];
  readonly #failed: () => void;

  constructor(id: number, failed: () => void) {
    this.id = id;
    this.#failed = failed;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#check();
    this.#piece = bytes;
    this.#changed();
    while (this.#piece !== undefined) {
      await this.#change();
      this.#check();
    }
  }

  end(trailer?: Uint8Array): void {
    this.#check();
    this.trailer = trailer;
    this.#complete = true;
    this.#changed();
  }

  readonly abort = (error: Error): void => this.#fail(error);
  readonly cancel = (error: Error): void => this.#fail(error);

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error;
      const piece = this.#piece;
      if (piece !== undefined) {
        // Its writer may change it once it knows that it was taken.
        const copy = piece.slice();
        this.#piece = undefined;
        this.#changed();
        return copy;
      }
      if (this.#complete) return undefined;
      await this.#change();
    }
  }

  #check(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  #fail(error: Error): void {
    if (this.#complete || this.#error !== undefined) return;
    this.#error = error;
    this.#piece = undefined;
    this.#failed();
    this.#changed();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}

export class LocalTransfers {
  readonly #waiting = new Map<number, LocalTransfer>();
  #lastId = 0;

  writer(): LocalTransfer {
    this.#lastId += 1;
    const id = this.#lastId;
    const transfer = new LocalTransfer(id, () => this.#waiting.delete(id));
    this.#waiting.set(id, transfer);
    return transfer;
  }

  reader(id: number): LocalTransfer {
    const transfer = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (transfer !== undefined) return transfer;
    throw new SkeinError("WIRE_INVALID", `there is no transfer ${id}`, { hint: "this is a fault of skein: report it" });
  }
}
