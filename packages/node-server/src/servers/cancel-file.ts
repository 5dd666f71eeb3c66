/** Cancels that a server process sees while it computes: slots in a file without a name, which it inherits. */
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EarlyCancel } from "@skein/runtime/host";
import { parseObject } from "../parse-object.ts";

/** A slot: its number (4 bytes, 0 while it was never used), how many bytes follow (2), and JSON text. */
const SLOT_BYTES = 1024;
const NUMBER_BYTES = 4;
const HEAD_BYTES = 6;
/** One told while this many later ones are unread is overwritten: its task then sees it at its next wait. */
export const SLOTS = 256;

const positionOf = (number: number): number => (number % SLOTS) * SLOT_BYTES;

/** The node's end. */
export class CancelFile {
  /** What the server process inherits, for reading; closed here once it has it. */
  readonly inherited: number;
  readonly #descriptor: number;
  #number = 0;
  #closed = false;

  /** @throws {Error} when no file can be made in the system's temporary folder */
  constructor() {
    const path = join(tmpdir(), `skein-${process.pid}-${randomBytes(8).toString("hex")}`);
    this.#descriptor = openSync(path, "wx", 0o600);
    try {
      this.inherited = openSync(path, "r");
    } catch (error) {
      closeSync(this.#descriptor);
      throw error;
    } finally {
      unlinkSync(path); // both ends hold it, nobody else can open it, and it is gone with them
    }
  }

  tell(cancel: EarlyCancel): void {
    if (this.#closed) return;
    this.#number += 1;
    const text = Buffer.from(JSON.stringify(cancel));
    if (text.length > SLOT_BYTES - HEAD_BYTES) {
      const { reason: _, ...rest } = cancel;
      this.#write(Buffer.from(JSON.stringify(rest)));
    } else this.#write(text);
  }

  /** Twice does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#descriptor);
  }

  #write(text: Buffer): void {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32LE(this.#number, 0);
    head.writeUInt16LE(text.length, NUMBER_BYTES);
    const position = positionOf(this.#number);
    writeSync(this.#descriptor, text, 0, text.length, position + HEAD_BYTES);
    // Last, because whoever sees the number takes what stands behind it.
    writeSync(this.#descriptor, head, 0, HEAD_BYTES, position);
  }
}

/** The server process's end. A look costs one system call, about 0.7 µs. */
export class CancelReader {
  readonly #descriptor: number;
  readonly #slot = Buffer.alloc(SLOT_BYTES);
  #next = 1;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** The oldest cancel that was not taken yet. */
  take(): EarlyCancel | undefined {
    const slot = this.#slot;
    let number = this.#numberAt(this.#next);
    while (number > this.#next) {
      // What was expected has been overwritten: the oldest that is left stands in the slot after.
      this.#next = number - SLOTS + 1;
      number = this.#numberAt(this.#next);
    }
    if (number < this.#next) return undefined;
    this.#next += 1;
    if (readSync(this.#descriptor, slot, 0, SLOT_BYTES, positionOf(number)) < HEAD_BYTES) return undefined;
    return cancelOf(slot.toString("utf8", HEAD_BYTES, HEAD_BYTES + slot.readUInt16LE(NUMBER_BYTES)));
  }

  /** Number of the cancel in the slot where `number` belongs. */
  #numberAt(number: number): number {
    const count = readSync(this.#descriptor, this.#slot, 0, NUMBER_BYTES, positionOf(number));
    return count < NUMBER_BYTES ? 0 : this.#slot.readUInt32LE(0);
  }
}

function cancelOf(text: string): EarlyCancel | undefined {
  const { serial, reason, graceMs } = parseObject(text) ?? {};
  if (typeof serial !== "number") return undefined;
  return {
    serial,
    ...(typeof reason === "string" ? { reason } : {}),
    ...(typeof graceMs === "number" ? { graceMs } : {}),
  };
}
