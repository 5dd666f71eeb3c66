/** What one process keeps about another it talks to: what is on its way, both ways, and the credit it gives. */
import type { Endpoint } from "../contracts/endpoint.ts";
import { type ChannelId, type TaskId, isTaskId } from "../ids.ts";
import { BULK_ABOVE_BYTES, LINK_CREDIT_MOST_BYTES } from "../defaults.ts";
import { type SkeinError, errorFrom, isSkeinError } from "../errors.ts";
import { Batcher, type BatcherOptions, unencodable } from "../link/batcher.ts";
import type { Carrier } from "../link/carrier.ts";
import { ReceiveWindow } from "../link/credits.ts";
import {
  FrameFlag,
  FrameKind,
  HEADER_BYTES,
  frameCredit,
  frameEpoch,
  frameFlags,
  frameOtherEpoch,
  setCredit,
  setEpochs,
  setFlags,
  writeHeader,
} from "../wire/frames.ts";
import { Entry, type RequestEntry, type WireEntry, type WithdrawnEntry } from "../wire/messages.ts";
import { BulkEntries } from "./bulk-entries.ts";
import { BulkTransfers } from "./bulk-transfers.ts";
import { type Batch, EntryOrder } from "./entry-order.ts";

export interface ConversationOptions extends Omit<
  BatcherOptions,
  "credit" | "otherEpoch" | "besideBytes" | "beginning"
> {
  readonly with: Endpoint;
  /** The same in words for people. */
  readonly show: () => string;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  /** Takes one entry of the other. @throws {SkeinError} `WIRE_INVALID` */
  readonly take: (entry: unknown, batch: Batch) => void;
  /** Whether there is a task of this id here. */
  readonly hasTask: (task: TaskId) => boolean;
  /** The other broke the rules of the wire, in what came later than its place. */
  readonly broken: (error: Error) => void;
}

/** A request of another that is being answered; its signal is made only for who asks for it. */
export class Asking {
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  withdraw(reason: unknown): void {
    this.#controller?.abort(reason);
  }
}

export class Conversation {
  readonly endpoint: Endpoint;
  readonly carrier: Carrier;
  readonly epoch: number;
  /** Which conversation of the other with us this is; 0 while nothing came. */
  otherEpoch = 0;
  /** Roles of the other, as its last frame brought them. */
  roles = 0;
  /** Requests of the other that we are still answering, by their numbers. */
  readonly answering: Map<number, Asking> = new Map<number, Asking>();
  readonly batcher: Batcher;
  readonly transfers: BulkTransfers;
  /** What came, in its order. */
  readonly order: EntryOrder;
  readonly #large: BulkEntries;
  readonly #options: ConversationOptions;
  readonly #window: ReceiveWindow;
  #ended = false;

  constructor(options: ConversationOptions) {
    const { codec, carrier } = options;
    this.#options = options;
    this.endpoint = options.with;
    this.carrier = carrier;
    this.epoch = options.epoch;
    this.#window = new ReceiveWindow(() => carrier.creditMostBytes ?? LINK_CREDIT_MOST_BYTES);
    this.batcher = new Batcher({
      ...options,
      otherEpoch: () => this.otherEpoch,
      credit: () => this.#window.announce(),
      besideBytes: () => this.#large.bytes,
      beginning,
    });
    this.transfers = new BulkTransfers({
      codec,
      carrier,
      seal: (frame) => this.#seal(frame, FrameKind.bulk),
    });
    this.#large = new BulkEntries({
      codec,
      transfers: this.transfers,
      show: options.show,
      failed: options.failed,
    });
    this.order = new EntryOrder({
      codec,
      transfers: this.transfers,
      take: options.take,
      taken: ({ bytes }) => this.#consumed(bytes),
      isBegun: (entry) => this.#isBegun(entry),
      failed: options.broken,
    });
  }

  /** Whether something of the other is being answered, or something waits to leave. */
  get busy(): boolean {
    return this.answering.size > 0 || this.batcher.pending > 0 || this.transfers.active;
  }

  /** Whether something waits to leave. */
  get unsent(): boolean {
    return this.batcher.pending > 0 || this.#large.bytes > 0;
  }

  /** The same of messages, requests and answers: not of procedures. */
  get owes(): boolean {
    return this.batcher.owes || this.#large.bytes > 0;
  }

  /** Whether one more message is refused: the other side, or the way to it, takes none. */
  get full(): boolean {
    return this.batcher.full;
  }

  /** Whether nothing more may be queued of what must not be dropped by itself. */
  get overloaded(): boolean {
    return this.batcher.overloaded;
  }

  /** Whether it is better not to queue what may be left out. */
  get crowded(): boolean {
    return this.batcher.crowded;
  }

  /** Queues a message to a task. `bytes` is its estimated size, here and below. */
  addSend(task: TaskId, value: unknown, bytes: number): void {
    if (bytes > BULK_ABOVE_BYTES) this.add([Entry.sends, task, [value]], bytes);
    else this.batcher.addSend(task, value, bytes);
  }

  addPublish(channel: ChannelId, value: unknown, bytes: number): void {
    if (bytes > BULK_ABOVE_BYTES) this.add([Entry.publishes, channel, [value]], bytes);
    else this.batcher.addPublish(channel, value, bytes);
  }

  add(entry: WireEntry, bytes: number): void {
    if (this.#ended) return;
    if (bytes <= BULK_ABOVE_BYTES) {
      this.batcher.add(entry, bytes);
      return;
    }
    try {
      const placeholder = this.#large.send(entry);
      if (placeholder === undefined) this.batcher.add(entry, bytes);
      else this.batcher.add(placeholder, PLACEHOLDER_BYTES);
    } catch (error) {
      this.#options.failed(entry, isSkeinError(error) ? error : unencodable(error));
    }
  }

  /**
   * Queues what ends something: it goes ahead of data that waits for the link, for credit or for the rest of a large
   * value, unless what it ends may wait there too.
   */
  addEnding(entry: WithdrawnEntry | RequestEntry, bytes: number): void {
    const waits = this.batcher.waits || this.#large.bytes > 0;
    const ahead = waits && bytes <= BULK_ABOVE_BYTES && !this.#mayWait(entry);
    if (ahead && !this.#ended) this.batcher.addAhead(entry);
    else this.add(entry, bytes);
  }

  /** Takes an entry back of which not all has left. @returns whether that was so: the other side doesn't get it */
  withdraw(entry: WireEntry, reason: unknown): boolean {
    const placeholder = this.#large.withdraw(entry, errorFrom(reason));
    if (placeholder === undefined) return this.batcher.withdraw(entry);
    this.batcher.withdraw(placeholder);
    return true;
  }

  /** Bulk never begins a conversation: what belongs to none that is known is of one that is over. @throws {SkeinError} `WIRE_INVALID` */
  takeBulk(frame: Uint8Array): void {
    const own = frameOtherEpoch(frame);
    const theirs = frameEpoch(frame);
    if (own !== 0 && own !== this.epoch) return;
    // Without an epoch its host says it, of a conversation of ours.
    if (theirs === 0 ? own === 0 : this.otherEpoch !== 0 && this.otherEpoch !== theirs) return;
    this.transfers.receive(frame);
  }

  /** Nothing goes or comes any more. @returns the entries that had not left */
  end(reason: SkeinError | Error): readonly WireEntry[] {
    this.#ended = true;
    const unsent = [...this.batcher.close(), ...this.#large.end()];
    this.order.end();
    this.transfers.end(reason);
    return unsent;
  }

  /** Nobody waits any more for what we are still answering. */
  endAnswers(reason: unknown): void {
    for (const asking of this.answering.values()) asking.withdraw(reason);
    this.answering.clear();
  }

  /** Takes a frame that is nothing but credit. */
  credited(frame: Uint8Array): void {
    this.batcher.credited(frameCredit(frame));
    const flags = frameFlags(frame);
    if ((flags & FrameFlag.ask) !== 0 && this.carrier.state !== "closed") this.#sayCredit(FrameFlag.answer);
    if ((flags & FrameFlag.answer) !== 0) this.#window.answered(this.#options.now());
  }

  /** Whether what it ends is begun by an entry in the queue, or may be. */
  #mayWait(ending: WithdrawnEntry | RequestEntry): boolean {
    if (ending[0] === Entry.withdrawn) return false;
    const task = cancelledTask(ending[2]);
    return this.batcher.begins(UNKNOWN) || (task !== undefined && this.batcher.begins(task));
  }

  /** Whether what an entry of the other ends has begun here. */
  #isBegun(entry: unknown): boolean {
    if (!Array.isArray(entry)) return false;
    const [kind, id, request]: readonly unknown[] = entry;
    if (kind === Entry.withdrawn) return typeof id === "number" && this.answering.has(id);
    const task = kind === Entry.request ? cancelledTask(request) : undefined;
    return task !== undefined && this.#options.hasTask(task);
  }

  /** A frame from the other was handled: it may send as much more, which is said now if it can't wait for an answer. */
  #consumed(bytes: number): void {
    if (!this.#window.take(bytes)) return;
    if (this.carrier.state !== "open") {
      if (this.carrier.state !== "closed") this.carrier.whenOpen(() => this.#consumed(0));
      return;
    }
    const nowMs = this.#options.now();
    this.#window.grow(nowMs);
    this.#sayCredit(this.#window.ask(nowMs) ? FrameFlag.ask : 0);
  }

  #sayCredit(flags: number): void {
    const frame = new Uint8Array(HEADER_BYTES);
    this.#seal(frame, FrameKind.credit);
    setFlags(frame, flags);
    setCredit(frame, this.#window.announce());
    this.carrier.send(frame);
  }

  #seal(frame: Uint8Array, kind: FrameKind): void {
    writeHeader(frame, kind, this.#options.from, this.#options.to);
    setEpochs(frame, this.epoch, this.otherEpoch);
  }
}

/** What a placeholder takes in a batch. */
const PLACEHOLDER_BYTES = 24;

/** What comes by bulk doesn't show what it is. */
const UNKNOWN = "";

/** The task that an entry begins. */
function beginning(entry: WireEntry): string | undefined {
  if (entry[0] === Entry.bulk) return UNKNOWN;
  return entry[0] === Entry.request && entry[2].type === "service.start" ? entry[2].task : undefined;
}

function cancelledTask(request: unknown): TaskId | undefined {
  if (typeof request !== "object" || request === null || !("type" in request) || !("task" in request)) return undefined;
  const { type, task } = request;
  return type === "task.cancel" && isTaskId(task) ? task : undefined;
}
