/** Gathers entries for one endpoint and sends them as few frames: at the end of the turn, or when a batch is full. */
import { BATCH_FLUSH_BYTES, DIAL_QUEUE_LIMIT, LINK_CREDIT_BYTES } from "../defaults.ts";
import { SkeinError, isSkeinError } from "../errors.ts";
import type { ChannelId, TaskId } from "../ids.ts";
import type { Codec } from "../wire/codec.ts";
import {
  FrameFlag,
  FrameKind,
  HEADER_BYTES,
  frameFlags,
  setCredit,
  setEpochs,
  setFlags,
  setRoles,
  writeHeader,
} from "../wire/frames.ts";
import { REQUESTS_LIMIT } from "../wire/limits.ts";
import { Entry, type WireEntry } from "../wire/messages.ts";
import type { Carrier } from "./carrier.ts";

/** Messages queued for one endpoint that takes none at the moment; one more throws `MAILBOX_FULL`. */
export const POST_QUEUE_LIMIT: number = DIAL_QUEUE_LIMIT;
/** Bytes queued for one endpoint; past them the next message throws `MAILBOX_FULL`, whatever its size. */
export const POST_QUEUE_LIMIT_BYTES: number = 16 * 1024 * 1024;
/**
 * Bytes queued for one endpoint past which it counts as lost, when even notes, answers and ends of tasks (which are not
 * dropped one by one) find no room; requests are refused.
 */
export const HELD_LIMIT_BYTES: number = 64 * 1024 * 1024;
/** Bytes an endpoint may have sent before the first word from the other. */
export const FIRST_CREDIT_BYTES: number = LINK_CREDIT_BYTES;
/** A batch takes what is there up to this, so that reaching the flush size doesn't leave a tiny rest. */
const BATCH_MOST_BYTES: number = BATCH_FLUSH_BYTES + 20 * 1024;
/** How far what goes ahead may go past the credit: cancels are few and small. */
const AHEAD_BYTES: number = 256 * 1024;
/** Frames sent ahead before the link and the credit are looked at again. */
const AHEAD_ENTRIES = 16;
/** Entries of a batch are never counted below this, so that many empty ones don't make a huge frame. */
const LEAST_ENTRY_BYTES = 16;

export interface BatcherOptions {
  readonly codec: Codec;
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly carrier: Carrier;
  /** Calls back when the current turn ends. */
  readonly endOfTurn: (callback: () => void) => void;
  /** Which conversation with that endpoint this is. */
  readonly epoch: number;
  /** Which conversation of that endpoint with us is known; 0 while none is. */
  readonly otherEpoch: () => number;
  /** Roles of this process: they count where no host in between vouches for others. */
  readonly roles: () => number;
  /** The credit to give with each frame: bytes the other endpoint may have sent to us in all. */
  readonly credit: () => number;
  /** An entry couldn't be encoded after all, or was too large: whoever waits for it must know. */
  readonly failed: (entry: WireEntry, error: SkeinError) => void;
  /** Bytes of what waits beside: large entries that go by bulk. */
  readonly besideBytes: () => number;
  /** What an entry may begin that a later one ends, as a key; most begin nothing. */
  readonly beginning?: (entry: WireEntry) => string | undefined;
}

export class Batcher {
  readonly #options: BatcherOptions;
  /** Entries and, beside them, their estimated bytes. */
  #entries: WireEntry[] = [];
  #sizes: number[] = [];
  /** What doesn't wait for the others, nor for credit. */
  #ahead: WireEntry[] = [];
  /** What queued entries begin, and how many of them do. */
  readonly #begins = new Map<string, number>();
  #bytes = 0;
  #messages = 0;
  #scheduled = false;
  #waiting = false;
  #awaiting = false;
  #closed = false;
  /** Bytes sent to this endpoint in all, and up to where it lets us. */
  #sentBytes = 0;
  #creditBytes = FIRST_CREDIT_BYTES;

  constructor(options: BatcherOptions) {
    this.#options = options;
  }

  /** Whether one more message is refused: the other side, or the link to it, takes none. */
  get full(): boolean {
    return this.#messages >= POST_QUEUE_LIMIT || this.#queuedBytes >= POST_QUEUE_LIMIT_BYTES;
  }

  get pending(): number {
    return this.#messages + this.#ahead.length;
  }

  /** Whether what is queued waits for more than the end of the turn: for the link, or for credit. */
  get waits(): boolean {
    return this.#waiting;
  }

  /** Whether something waits that is more than a procedure's, or an answer. */
  get owes(): boolean {
    return this.#ahead.length > 0 || this.#entries.some((entry) => !isProcedure(entry) && !isAnswer(entry));
  }

  /** Whether nothing more may be queued of what must not be dropped by itself. */
  get overloaded(): boolean {
    return this.#messages >= REQUESTS_LIMIT || this.#queuedBytes >= HELD_LIMIT_BYTES;
  }

  /** Whether it is better not to queue what may be left out. */
  get crowded(): boolean {
    return this.#messages >= REQUESTS_LIMIT || this.#queuedBytes >= POST_QUEUE_LIMIT_BYTES;
  }

  get #queuedBytes(): number {
    return this.#bytes + this.#options.besideBytes();
  }

  /** Queues a message to a task; runs of them share one entry. */
  addSend(task: TaskId, value: unknown, bytes: number): void {
    const last = this.#entries.at(-1);
    const size = bytes < LEAST_ENTRY_BYTES ? LEAST_ENTRY_BYTES : bytes;
    if (last !== undefined && last[0] === Entry.sends && last[1] === task && this.#room(size)) {
      last[2].push(value);
      this.#grow(size);
    } else this.add([Entry.sends, task, [value]], bytes);
  }

  addPublish(channel: ChannelId, value: unknown, bytes: number): void {
    const last = this.#entries.at(-1);
    const size = bytes < LEAST_ENTRY_BYTES ? LEAST_ENTRY_BYTES : bytes;
    if (last !== undefined && last[0] === Entry.publishes && last[1] === channel && this.#room(size)) {
      last[2].push(value);
      this.#grow(size);
    } else this.add([Entry.publishes, channel, [value]], bytes);
  }

  add(entry: WireEntry, bytes: number): void {
    if (this.#closed) return;
    const size = bytes < LEAST_ENTRY_BYTES ? LEAST_ENTRY_BYTES : bytes;
    this.#entries.push(entry);
    this.#sizes.push(size);
    this.#messages += 1;
    this.#bytes += size;
    const begun = this.#options.beginning?.(entry);
    if (begun !== undefined) this.#begins.set(begun, (this.#begins.get(begun) ?? 0) + 1);
    this.#schedule();
  }

  /** Queues a message of few bytes that goes before all others, also when there is no credit. */
  addAhead(entry: WireEntry): void {
    if (this.#closed) return;
    this.#ahead.push(entry);
    this.#options.endOfTurn(() => this.flush());
  }

  /** Whether an entry that keeps its place in the queue begins that. */
  begins(key: string): boolean {
    return this.#begins.has(key);
  }

  /** Takes an entry back that has not left. @returns whether it was still here */
  withdraw(entry: WireEntry): boolean {
    const ahead = this.#ahead.indexOf(entry);
    if (ahead >= 0) {
      this.#ahead.splice(ahead, 1);
      return true;
    }
    const index = this.#entries.lastIndexOf(entry);
    if (index < 0) return false;
    this.#bytes -= this.#sizes[index] ?? 0;
    this.#messages -= 1;
    this.#entries.splice(index, 1);
    this.#sizes.splice(index, 1);
    this.#left(entry);
    return true;
  }

  /** The other endpoint lets us send up to `bytes` in all. */
  credited(bytes: number): void {
    if (bytes <= this.#creditBytes) return;
    this.#creditBytes = bytes;
    if (this.#waiting && this.#entries.length + this.#ahead.length > 0) this.flush();
  }

  flush(): void {
    const carrier = this.#options.carrier;
    this.#waiting = false;
    while (this.#entries.length + this.#ahead.length > 0 && !this.#closed) {
      if (carrier.state !== "open") {
        if (carrier.state !== "closed") {
          this.#waiting = true;
          this.#awaitCarrier(carrier);
        }
        return;
      }
      if (this.#ahead.length > 0 && this.#sentBytes < this.#creditBytes + AHEAD_BYTES) {
        this.#sendAhead(carrier);
        continue;
      }
      if (this.#sentBytes >= this.#creditBytes) {
        this.#waiting = true;
        return;
      }
      this.#sendBatch(carrier);
    }
  }

  /** Drops what is queued and takes no more. @returns the entries that had not left */
  close(): readonly WireEntry[] {
    this.#closed = true;
    const entries = [...this.#ahead, ...this.#entries];
    this.#ahead = [];
    this.#entries = [];
    this.#sizes = [];
    this.#begins.clear();
    this.#bytes = 0;
    this.#messages = 0;
    return entries;
  }

  #left(entry: WireEntry): void {
    const begun = this.#options.beginning?.(entry);
    if (begun === undefined) return;
    const others = (this.#begins.get(begun) ?? 1) - 1;
    if (others > 0) this.#begins.set(begun, others);
    else this.#begins.delete(begun);
  }

  /** Whether the last entry may grow: it stays below a batch, so that it is never encoded as one large frame. */
  #room(size: number): boolean {
    return (this.#sizes.at(-1) ?? 0) + size < BATCH_FLUSH_BYTES;
  }

  #grow(size: number): void {
    const index = this.#sizes.length - 1;
    this.#sizes[index] = (this.#sizes[index] ?? 0) + size;
    this.#messages += 1;
    this.#bytes += size;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#bytes >= BATCH_FLUSH_BYTES && !this.#waiting) {
      this.flush();
      return;
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.endOfTurn(() => {
      this.#scheduled = false;
      if (!this.#waiting) this.flush();
    });
  }

  #awaitCarrier(carrier: Carrier): void {
    if (this.#awaiting) return;
    this.#awaiting = true;
    carrier.whenOpen(() => {
      this.#awaiting = false;
      this.flush();
    });
  }

  #sendAhead(carrier: Carrier): void {
    for (const entry of this.#ahead.splice(0, AHEAD_ENTRIES)) {
      const frame = this.#tryFrame([entry], FrameKind.messages, true);
      if (frame === undefined) continue;
      setFlags(frame, frameFlags(frame) | FrameFlag.ahead);
      this.#send(carrier, frame);
    }
  }

  #sendBatch(carrier: Carrier): void {
    let size = 0;
    let count = 0;
    const procedures = isProcedure(this.#entries[0]);
    while (count < this.#entries.length) {
      const next = this.#sizes[count] ?? 0;
      if (count > 0 && (size + next > BATCH_MOST_BYTES || isProcedure(this.#entries[count]) !== procedures)) break;
      size += next;
      count += 1;
    }
    const batch = count === this.#entries.length ? this.#entries : this.#entries.splice(0, count);
    if (batch === this.#entries) {
      this.#entries = [];
      this.#sizes = [];
    } else this.#sizes.splice(0, count);
    this.#bytes -= size;
    for (const entry of batch) {
      this.#messages -= isRun(entry) ? entry[2].length : 1;
      if (this.#begins.size > 0) this.#left(entry);
    }
    const kind = procedures ? FrameKind.procedures : FrameKind.messages;
    const frame = this.#tryFrame(batch, kind, batch.length === 1);
    if (frame !== undefined) this.#send(carrier, frame);
    else if (batch.length > 1) {
      // One of them changed after it was checked, or together they are too large: each goes by itself, or fails alone.
      for (const entry of batch) {
        const single = this.#tryFrame([entry], kind, true);
        if (single !== undefined) this.#send(carrier, single);
      }
    }
  }

  #send(carrier: Carrier, frame: Uint8Array): void {
    this.#sentBytes += frame.byteLength;
    carrier.send(frame);
  }

  #tryFrame(batch: readonly WireEntry[], kind: FrameKind, report: boolean): Uint8Array | undefined {
    try {
      return this.#frame(batch, kind);
    } catch (error) {
      const entry = batch[0];
      if (report && entry !== undefined) this.#options.failed(entry, isSkeinError(error) ? error : unencodable(error));
      return undefined;
    }
  }

  #frame(batch: readonly WireEntry[], kind: FrameKind): Uint8Array {
    const frame = this.#options.codec.encodeEntries(batch, HEADER_BYTES);
    writeHeader(frame, kind, this.#options.from, this.#options.to);
    setRoles(frame, this.#options.roles());
    setEpochs(frame, this.#options.epoch, this.#options.otherEpoch());
    setCredit(frame, this.#options.credit());
    if (batch.every(isAnswer)) setFlags(frame, FrameFlag.answers);
    return frame;
  }
}

/** Whether an entry goes only in a frame of procedures. */
export const isProcedure = (entry: WireEntry | undefined): boolean =>
  entry !== undefined && (entry[0] === Entry.notify || entry[0] === Entry.call || entry[0] === Entry.bulkCall);

/** Whoever asked knows what it means when this is lost. */
const isAnswer = ([kind]: WireEntry): boolean =>
  kind === Entry.answer || kind === Entry.refusal || kind === Entry.withdrawn;

const isRun = (entry: WireEntry): entry is Extract<WireEntry, readonly [0 | 5, unknown, unknown[]]> =>
  entry[0] === Entry.sends || entry[0] === Entry.publishes;

/** What is said of a value that passed the check and can't be encoded all the same. */
export const unencodable = (cause: unknown): SkeinError =>
  new SkeinError("NOT_SERIALIZABLE", "a message can't be encoded", { hint: "send data only", cause });
